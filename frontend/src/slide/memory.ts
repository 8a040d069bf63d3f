/** What a person's slide page remembers between fields, slides and visits: zoom and display, in this browser. */

import { type Display, NEUTRAL, sane } from "./display";
import type { Zoom } from "./viewer";

type Place = Pick<Storage, "getItem" | "setItem">;

export interface Remembered {
  display: Display;
  zoom: Zoom | null;
}

export class Memory {
  readonly #place: Place;
  readonly #name: string;

  constructor(place: Place, person: string) {
    this.#place = place;
    this.#name = `wbcweb.view.${person}`;
  }

  read(): Remembered {
    try {
      const found = JSON.parse(this.#place.getItem(this.#name) ?? "{}") as Partial<Remembered>;
      return { display: sane(found.display ?? NEUTRAL), zoom: saneZoom(found.zoom) };
    } catch {
      return { display: NEUTRAL, zoom: null };
    }
  }

  write(change: Partial<Remembered>): void {
    try {
      this.#place.setItem(this.#name, JSON.stringify({ ...this.read(), ...change }));
    } catch {
      // A browser that keeps nothing starts neutral each time; nothing of the work is lost.
    }
  }
}

function saneZoom(zoom: Zoom | null | undefined): Zoom | null {
  if (!zoom || !(zoom.perPx > 0) || !Number.isFinite(zoom.perPx)) return null;
  return { perPx: zoom.perPx, perUm: zoom.perUm !== null && zoom.perUm > 0 ? zoom.perUm : null };
}
