/** The list of cells: only the rows on screen are in the document, so 5,000 cells are as light as 20. */

import { chip, type Names } from "../cells/labels";
import type { BoxStore, Cell } from "../cells/store";
import { make } from "../shared/dom";
import { probability } from "../shared/format";
import { rowsInView } from "./order";

export const ROW_HEIGHT = 60;
/** Faster than this (px per scroll event) crops wait until the list rests. */
const FAST_SCROLL = 240;
const REST_MS = 90;

export interface ListOptions {
  host: HTMLElement;
  store: BoxStore;
  names: Names;
  onPick: (id: string) => void;
}

export class CellList {
  readonly #options: ListOptions;
  readonly #canvas: HTMLElement;
  readonly #rows = new Map<string, HTMLElement>();
  #ids: readonly string[] = [];
  #position = new Map<string, number>();
  #selected: string | null = null;
  #lastTop = 0;
  #restTimer = 0;

  constructor(options: ListOptions) {
    this.#options = options;
    this.#canvas = make("div", { class: "cells__canvas", role: "presentation" });
    options.host.append(this.#canvas);
    options.host.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    options.host.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-cell]") : null;
      if (row?.dataset.cell) options.onPick(row.dataset.cell);
    });
    new ResizeObserver(() => this.#draw(true)).observe(options.host);
  }

  setOrder(ids: readonly string[]): void {
    this.#ids = ids;
    this.#position = new Map(ids.map((id, index) => [id, index]));
    this.#canvas.style.height = `${ids.length * ROW_HEIGHT}px`;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#draw(true);
  }

  /** Draw these cells anew, where they are on screen. */
  refresh(ids: Iterable<string>): void {
    for (const id of ids) {
      const row = this.#rows.get(id);
      const cell = this.#options.store.get(id);
      if (row && cell) this.#fill(row, cell, true);
    }
  }

  select(id: string | null): void {
    this.#mark(this.#selected, false);
    this.#selected = id;
    const { host } = this.#options;
    const at = id === null ? undefined : this.#position.get(id);
    if (at === undefined) {
      host.removeAttribute("aria-activedescendant");
      return;
    }
    const top = at * ROW_HEIGHT;
    if (top < host.scrollTop) host.scrollTop = top;
    else if (top + ROW_HEIGHT > host.scrollTop + host.clientHeight)
      host.scrollTop = top + ROW_HEIGHT - host.clientHeight;
    this.#draw(true);
    this.#mark(id, true);
    host.setAttribute("aria-activedescendant", `cell-${id}`);
  }

  #mark(id: string | null, selected: boolean): void {
    const row = id === null ? undefined : this.#rows.get(id);
    row?.setAttribute("aria-selected", String(selected));
  }

  #scrolled(): void {
    const top = this.#options.host.scrollTop;
    const fast = Math.abs(top - this.#lastTop) > FAST_SCROLL;
    this.#lastTop = top;
    this.#draw(!fast);
    window.clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.#draw(true), REST_MS);
  }

  #draw(withCrops: boolean): void {
    const { host, store } = this.#options;
    const { first, last } = rowsInView(host.scrollTop, host.clientHeight, ROW_HEIGHT, this.#ids.length);
    const wanted = new Set(this.#ids.slice(first, last));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const id of wanted) {
      const cell = store.get(id);
      if (!cell) continue;
      const row = this.#rows.get(id) ?? this.#make(cell);
      if (withCrops) this.#loadCrop(row, cell);
    }
  }

  #make(cell: Cell): HTMLElement {
    const at = this.#position.get(cell.id) ?? 0;
    const row = make("div", {
      class: "cell-row",
      role: "option",
      id: `cell-${cell.id}`,
      "data-cell": cell.id,
      "aria-setsize": this.#ids.length,
      "aria-posinset": at + 1,
      "aria-selected": String(cell.id === this.#selected),
    });
    row.style.transform = `translateY(${at * ROW_HEIGHT}px)`;
    this.#fill(row, cell, false);
    this.#rows.set(cell.id, row);
    this.#canvas.append(row);
    return row;
  }

  #fill(row: HTMLElement, cell: Cell, keepCrop: boolean): void {
    const { names } = this.#options;
    const crop = keepCrop ? row.querySelector("img") : null;
    const image =
      crop ?? make("img", { alt: "", width: 48, height: 48, class: "cell-row__crop", decoding: "async" });
    const own = cell.label !== "";
    const said = cell.label === cell.suggested || !own ? "" : `suggested ${names.letter(cell.suggested)}, `;
    const state = own ? (cell.pending > 0 ? "not saved yet" : "labelled") : cell.reviewState;
    row.replaceChildren(
      image,
      chip(names, cell.shown, own),
      make(
        "span",
        { class: "cell-row__text" },
        make("span", { class: "cell-row__title" }, names.title(cell.shown)),
        make("span", { class: "cell-row__state" }, `${said}${state}`),
      ),
      make(
        "span",
        { class: "cell-row__p" },
        make("span", { class: "visually-hidden" }, "probability "),
        probability(cell.probability),
      ),
    );
  }

  #loadCrop(row: HTMLElement, cell: Cell): void {
    const image = row.querySelector("img");
    if (image && !image.hasAttribute("src") && cell.cropUrl) image.src = cell.cropUrl;
  }
}
