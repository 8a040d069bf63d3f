/** How a person likes the gallery, kept in the browser. */

import type { Order } from "./ordering";
import type { TileSize } from "./rows";

export interface Prefs {
  size: TileSize;
  order: Order;
  /** The key that gives a class also goes on to the next cell. */
  advance: boolean;
}

export const USUAL: Prefs = { size: "m", order: "review", advance: true };
const NAME = "wbcweb.gallery";

type Place = Pick<Storage, "getItem" | "setItem">;

/** Read what was kept; the usual where it makes no sense. */
export function readPrefs(place: Place): Prefs {
  try {
    const kept = JSON.parse(place.getItem(NAME) ?? "{}") as Partial<Prefs>;
    return {
      size: kept.size === "s" || kept.size === "l" ? kept.size : USUAL.size,
      // An order that the server makes has to be asked for again.
      order: kept.order && !kept.order.startsWith("server:") ? kept.order : USUAL.order,
      advance: kept.advance !== false,
    };
  } catch {
    return USUAL;
  }
}

export function writePrefs(place: Place, prefs: Prefs): void {
  try {
    place.setItem(NAME, JSON.stringify(prefs));
  } catch {
    // A full or forbidden storage only means that the next visit begins with the usual.
  }
}
