/** One person at one slide: which cell is selected, what was done and can be undone. No DOM. */

import { centre, type Direction, nearestInDirection } from "./geometry";
import type { Act, Saver } from "./saver";
import type { BoxStore, Cell } from "./store";
import { UNIDENTIFIED } from "./types";

interface Done {
  cell: string;
  before: string | null;
  after: string | null;
}

export interface SessionOptions {
  store: BoxStore;
  saver: Saver;
  canLabel: boolean;
  newKey: () => string;
  now: () => number;
  onSelect: (cell: Cell | null) => void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #done: Done[] = [];
  readonly #undone: Done[] = [];
  #order: readonly string[] = [];
  #selected: string | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get selected(): Cell | null {
    return this.#selected === null ? null : (this.#options.store.get(this.#selected) ?? null);
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  /** The order in which next and previous go: that of the list beside the image. */
  setOrder(ids: readonly string[]): void {
    this.#order = ids;
  }

  select(id: string | null): void {
    this.#selected = id;
    this.#options.onSelect(this.selected);
  }

  /** Go to the next or previous cell of the list; stays at its ends. */
  step(by: 1 | -1): void {
    if (this.#order.length === 0) return;
    const at = this.#selected === null ? -1 : this.#order.indexOf(this.#selected);
    const target = at < 0 ? (by === 1 ? 0 : this.#order.length - 1) : at + by;
    this.select(this.#order[Math.max(0, Math.min(this.#order.length - 1, target))] ?? null);
  }

  /** Go to the nearest cell of the same field in a direction. */
  move(direction: Direction): void {
    const from = this.selected;
    if (!from) {
      this.step(1);
      return;
    }
    const others = this.#options.store.inField(from.field).filter((cell) => cell.id !== from.id);
    const found =
      others[
        nearestInDirection(
          others.map((cell) => centre(cell.box)),
          centre(from.box),
          direction,
        )
      ];
    if (found) this.select(found.id);
  }

  /** Go to the next cell without a label after the selected one, round the list's end; null when all are labelled. */
  nextUnreviewed(): Cell | null {
    const start = this.#selected === null ? -1 : this.#order.indexOf(this.#selected);
    for (let i = 1; i <= this.#order.length; i++) {
      const id = this.#order[(start + i) % this.#order.length];
      const cell = id === undefined ? undefined : this.#options.store.get(id);
      if (cell && cell.reviewState !== "labelled" && cell.id !== this.#selected) {
        this.select(cell.id);
        return cell;
      }
    }
    return null;
  }

  /** Give the selected cell a class. Returns whether anything was done. */
  label(to: string): boolean {
    const cell = this.selected;
    if (!cell || !this.#options.canLabel || cell.label === to) return false;
    this.#act(cell, to);
    return true;
  }

  /** Take the label of the selected cell back. */
  withdraw(): boolean {
    const cell = this.selected;
    if (!cell || !this.#options.canLabel || cell.label === "") return false;
    this.#act(cell, null);
    return true;
  }

  /**
   * Make the suggestion of the selected cell the person's own label. An unidentified cell has nothing to confirm;
   * returns false then, and the page stays at the cell.
   */
  confirm(): boolean {
    const cell = this.selected;
    if (!cell || !this.#options.canLabel) return false;
    if (cell.label !== "") return true;
    if (cell.shown === UNIDENTIFIED) return false;
    this.#act(cell, cell.shown);
    return true;
  }

  /** Undo my last act on this page; returns the cell, or null when there is none. */
  undo(): Cell | null {
    const last = this.#done.pop();
    if (!last) return null;
    this.#undone.push(last);
    this.#send(last.cell, last.before, "undo");
    this.select(last.cell);
    return this.selected;
  }

  /** Do again what was undone last. */
  redo(): Cell | null {
    const last = this.#undone.pop();
    if (!last) return null;
    this.#done.push(last);
    this.#send(last.cell, last.after, "label");
    this.select(last.cell);
    return this.selected;
  }

  /** Forget what was done to a cell whose acts were refused: it cannot be undone any more. */
  forget(cell: string): void {
    for (const list of [this.#done, this.#undone]) {
      for (let i = list.length - 1; i >= 0; i--) if (list[i]?.cell === cell) list.splice(i, 1);
    }
  }

  #act(cell: Cell, to: string | null): void {
    this.#done.push({ cell: cell.id, before: cell.label === "" ? null : cell.label, after: to });
    this.#undone.length = 0;
    this.#send(cell.id, to, "label");
  }

  #send(cell: string, to: string | null, kind: Act["kind"]): void {
    const { store, saver, newKey, now } = this.#options;
    // This page always shows the suggestion (box, list and bars), so a label is blind only where there was none.
    const suggestion = store.get(cell)?.suggestion ?? null;
    const seenSuggestion = suggestion !== null;
    store.apply(cell, to);
    saver.add({ key: newKey(), cell, kind, to, seenSuggestion, suggestion, version: null, at: now() });
  }
}
