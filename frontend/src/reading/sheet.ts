/** All cells of a reading as small pictures, each with the letter that the person gave it. */

import { chip, type Names } from "../cells/labels";
import type { BoxStore } from "../cells/store";
import { make } from "../shared/dom";

/** What stays visible around the open tile (px). */
const MARGIN = 8;

export interface SheetOptions {
  host: HTMLElement;
  store: BoxStore;
  names: Names;
  onPick: (id: string) => void;
}

interface Tile {
  element: HTMLElement;
  letter: HTMLElement;
}

export class Sheet {
  readonly #options: SheetOptions;
  readonly #tiles = new Map<string, Tile>();
  #open: string | null = null;

  constructor(options: SheetOptions) {
    this.#options = options;
  }

  /** Draw the tiles once, in their order. */
  draw(ids: readonly string[]): void {
    ids.forEach((id, at) => {
      const cell = this.#options.store.get(id);
      const letter = make("span", { class: "sheet__letter" });
      const picture = make("img", {
        src: cell?.cropUrl ?? "",
        alt: "",
        width: 56,
        height: 56,
        loading: "lazy",
        decoding: "async",
      });
      const element = make(
        "div",
        { class: "sheet__tile", role: "option", id: `tile-${id}`, "aria-selected": "false" },
        picture,
        letter,
      );
      element.dataset.place = String(at + 1);
      element.addEventListener("click", () => this.#options.onPick(id));
      this.#tiles.set(id, { element, letter });
      this.refresh(id);
    });
    this.#options.host.replaceChildren(...[...this.#tiles.values()].map((tile) => tile.element));
  }

  /** Draw what the person says of a cell now. */
  refresh(id: string): void {
    const tile = this.#tiles.get(id);
    const cell = this.#options.store.get(id);
    if (!tile || !cell) return;
    const { names } = this.#options;
    tile.letter.replaceChildren(...(cell.label === "" ? [] : [chip(names, cell.label, true)]));
    tile.element.toggleAttribute("data-labelled", cell.label !== "");
    const said = cell.label === "" ? "no class yet" : names.title(cell.label);
    tile.element.setAttribute("aria-label", `Cell ${tile.element.dataset.place}, ${said}`);
  }

  /** Mark the open cell and bring it into view. */
  mark(id: string | null): void {
    const { host } = this.#options;
    if (this.#open) this.#tiles.get(this.#open)?.element.setAttribute("aria-selected", "false");
    this.#open = id;
    const tile = id === null ? undefined : this.#tiles.get(id);
    if (!tile) {
      host.removeAttribute("aria-activedescendant");
      return;
    }
    tile.element.setAttribute("aria-selected", "true");
    host.setAttribute("aria-activedescendant", tile.element.id);
    this.#reveal(tile.element);
  }

  /** Scroll the sheet, and not the page: on a small screen the large picture must stay where it is. */
  #reveal(tile: HTMLElement): void {
    const { host } = this.#options;
    const top = tile.offsetTop - MARGIN;
    const bottom = tile.offsetTop + tile.offsetHeight + MARGIN;
    if (top < host.scrollTop) host.scrollTop = top;
    else if (bottom > host.scrollTop + host.clientHeight) host.scrollTop = bottom - host.clientHeight;
  }

  /** Return how many tiles stand in a row. */
  columns(): number {
    const tops = [...this.#tiles.values()].map((tile) => tile.element.offsetTop);
    const first = tops[0];
    const next = tops.findIndex((top) => top !== first);
    return next < 0 ? Math.max(1, tops.length) : next;
  }
}
