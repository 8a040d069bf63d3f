/** Which cells the gallery shows, in which lane and order. No DOM. */

import type { Cell } from "../cells/store";
import { UNIDENTIFIED } from "../cells/types";
import type { GalleryField } from "./document";
import { sizeOf } from "./scale";

/** The orders that need nothing but the document; "server:<name>" is one that the server makes. */
export type Order =
  | "review"
  | "surest"
  | "least-sure"
  | "largest"
  | "smallest"
  | "position"
  | "reviewer"
  | `server:${string}`;

export interface Filters {
  /** A class as it is shown, UNIDENTIFIED, or "" for all. */
  cls: string;
  confidence: "all" | "low" | "high";
  state: "all" | "unreviewed" | "unseen" | "labelled" | "corrected" | "commented";
}

export const NO_FILTERS: Filters = { cls: "", confidence: "all", state: "all" };

export function isFiltered(filters: Filters): boolean {
  return filters.cls !== "" || filters.confidence !== "all" || filters.state !== "all";
}

/** Tell whether a cell passes the filters. */
export function passes(cell: Cell, filters: Filters): boolean {
  if (filters.cls !== "" && cell.shown !== filters.cls) return false;
  if (filters.confidence === "low" && !cell.lowConfidence) return false;
  if (filters.confidence === "high" && cell.lowConfidence) return false;
  switch (filters.state) {
    case "all":
      return true;
    case "unreviewed":
      return cell.label === "";
    case "unseen":
      return cell.reviewState === "suggested";
    case "labelled":
      return cell.label !== "";
    case "corrected":
      return cell.label !== "" && cell.suggested !== "" && cell.label !== cell.suggested;
    case "commented":
      return cell.comments > 0;
  }
}

/** What orders need to know besides the cells. */
export interface OrderContext {
  field(id: string): GalleryField | undefined;
  /** Places of cells in the order that the server made; those it left out come last. */
  ranks: ReadonlyMap<string, number>;
}

type Key = readonly (number | string)[];

/** The less sure, the smaller; without a suggestion there is nothing to be sure of. */
function sureness(cell: Cell): number {
  if (cell.shown === UNIDENTIFIED && cell.suggested === "") return -1;
  return cell.probability ?? -1;
}

function place(cell: Cell, context: OrderContext): Key {
  const field = context.field(cell.field);
  return [field?.slide ?? 0, field?.position ?? 0, (cell.box[1] + cell.box[3]) / 2, cell.box[0]];
}

/** The diameter in micrometres; cells without a scale come after the others, by pixels. */
function size(cell: Cell, context: OrderContext, sign: 1 | -1): Key {
  const scale = context.field(cell.field)?.um_per_px ?? null;
  return [scale === null ? 1 : 0, sign * sizeOf(cell.box) * (scale ?? 1)];
}

function keyOf(cell: Cell, order: Order, context: OrderContext): Key {
  switch (order) {
    case "review":
      return [cell.label === "" ? 0 : 1, sureness(cell)];
    case "least-sure":
      return [sureness(cell)];
    case "surest":
      return [-sureness(cell)];
    case "largest":
      return size(cell, context, -1);
    case "smallest":
      return size(cell, context, 1);
    case "position":
      return [];
    case "reviewer":
      return [cell.label === "" ? 1 : 0, cell.by];
    default:
      return [context.ranks.get(cell.id) ?? Number.MAX_SAFE_INTEGER];
  }
}

function compare(a: Key, b: Key): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined || left === right) continue;
    if (typeof left === "string" || typeof right === "string") return String(left) < String(right) ? -1 : 1;
    return left - right;
  }
  return 0;
}

/** Return the ids of cells in an order; what is equal in it goes by position on the slide. */
export function ordered(cells: Iterable<Cell>, order: Order, context: OrderContext): string[] {
  const keyed = Array.from(cells, (cell) => ({
    id: cell.id,
    key: [...keyOf(cell, order, context), ...place(cell, context)] as Key,
  }));
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ id }) => id);
}
