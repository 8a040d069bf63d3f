/** One person at one slide: which cell is selected, what was done and can be undone. No DOM. */

import { drawAct } from "./drawing";
import { centre, type Direction, nearestInDirection } from "./geometry";
import type { Act, Saver, Step } from "./saver";
import { type BoxStore, type Cell, draftId } from "./store";
import { type Acts, type Box, UNIDENTIFIED } from "./types";

/** What an act did, as far as it can be drawn back before the server has undone it. */
interface Done {
  cell: string;
  label?: { before: string | null; after: string | null };
  box?: { before: Box; after: Box };
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
  #acts: Acts | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get selected(): Cell | null {
    return this.#selected === null ? null : (this.#options.store.get(this.#selected) ?? null);
  }

  get canUndo(): boolean {
    return this.#done.length > 0 || (this.#acts?.undo ?? null) !== null;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0 || (this.#acts?.redo ?? null) !== null;
  }

  /** What the server says can be undone and done again; also acts of earlier visits. */
  get acts(): Acts | null {
    return this.#acts;
  }

  know(acts: Acts | null | undefined): void {
    if (acts) this.#acts = acts;
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
    this.#label(cell, to);
    return true;
  }

  /** Take the label of the selected cell back. */
  withdraw(): boolean {
    const cell = this.selected;
    if (!cell || !this.#options.canLabel || cell.label === "") return false;
    this.#label(cell, null);
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
    this.#label(cell, cell.shown);
    return true;
  }

  /**
   * Box a new cell of a class, or of none yet, and select it; `apart` when it is another one than the cell that it
   * overlaps. Returns its name on this page.
   */
  box(field: string, box: Box, to: string | null, apart = false): string | null {
    const { saver, newKey, now, canLabel } = this.#options;
    if (!canLabel) return null;
    const key = newKey();
    const cell = draftId(key);
    const act: Act = {
      key,
      cell,
      kind: "add",
      to,
      field,
      box,
      ...(apart ? { apart } : {}),
      seenSuggestion: false,
      version: null,
      at: now(),
    };
    drawAct(this.#options.store, act);
    this.#did({ cell });
    saver.add(act);
    this.select(cell);
    return cell;
  }

  /** Give the selected cell another box. */
  moveBox(box: Box): boolean {
    const cell = this.selected;
    if (!cell || !this.#options.canLabel || box.every((value, at) => value === cell.box[at])) return false;
    this.#did({ cell: cell.id, box: { before: cell.box, after: box } });
    this.#act(cell.id, "box", null, box);
    return true;
  }

  /** Take the selected cell off the field and go to the next of the list. */
  remove(): boolean {
    const cell = this.selected;
    if (!cell || !this.#options.canLabel) return false;
    const at = this.#order.indexOf(cell.id);
    const next = this.#order[at + 1] ?? this.#order[at - 1] ?? null;
    this.#did({ cell: cell.id });
    this.select(next);
    this.#act(cell.id, "remove", null);
    return true;
  }

  /**
   * Undo the person's last act on this slide, whenever that was; returns whether there is one. What is known of it is
   * drawn at once, the server's word follows.
   */
  undo(): boolean {
    if (!this.#options.canLabel || !this.canUndo) return false;
    const last = this.#done.pop();
    if (last) this.#undone.push(last);
    this.#step("undo", last, last?.label?.before, last?.box?.before);
    return true;
  }

  /** Do again what was undone last. */
  redo(): boolean {
    if (!this.#options.canLabel || !this.canRedo) return false;
    const last = this.#undone.pop();
    if (last) this.#done.push(last);
    this.#step("redo", last, last?.label?.after, last?.box?.after);
    return true;
  }

  /** Forget what was done to a cell whose acts were refused: it cannot be undone any more. */
  forget(cell: string): void {
    for (const list of [this.#done, this.#undone]) {
      for (let i = list.length - 1; i >= 0; i--) if (list[i]?.cell === cell) list.splice(i, 1);
    }
  }

  /** A cell that was boxed here has got its name from the server. */
  rename(from: string, to: string): void {
    for (const done of [...this.#done, ...this.#undone]) if (done.cell === from) done.cell = to;
    this.#order = this.#order.map((id) => (id === from ? to : id));
    if (this.#selected === from) this.select(to);
  }

  #label(cell: Cell, to: string | null): void {
    this.#did({ cell: cell.id, label: { before: cell.label === "" ? null : cell.label, after: to } });
    this.#act(cell.id, "label", to);
  }

  #did(done: Done): void {
    this.#done.push(done);
    this.#undone.length = 0;
  }

  #act(cell: string, kind: Act["kind"], to: string | null, box?: Box): void {
    const { store, saver, newKey, now } = this.#options;
    // This page always shows the suggestion (box, list and bars), so a label is blind only where there was none.
    const suggestion = store.get(cell)?.suggestion ?? null;
    const seenSuggestion = suggestion !== null;
    const act: Act = { key: newKey(), cell, kind, to, seenSuggestion, suggestion, version: null, at: now() };
    if (box) act.box = box;
    // The version that the person saw; a removed cell is not in the store any more when the saver asks for it.
    const waits = (store.get(cell)?.pending ?? 0) > 0;
    if (!waits && kind === "remove") act.version = store.get(cell)?.version ?? null;
    drawAct(store, act);
    saver.add(act);
  }

  #step(step: Step["step"], done: Done | undefined, label?: string | null, box?: Box): void {
    const { store, saver, newKey, now } = this.#options;
    const drawn: string[] = [];
    if (done && store.get(done.cell)) {
      if (label !== undefined) {
        store.apply(done.cell, label);
        drawn.push(done.cell);
      } else if (box) {
        store.applyBox(done.cell, box);
        drawn.push(done.cell);
      }
    }
    saver.addStep({ key: newKey(), step, at: now() }, drawn);
    if (done && store.get(done.cell)) this.select(done.cell);
  }
}
