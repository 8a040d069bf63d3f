/**
 * The cells of a slide as the page holds them: what the server last said, and what the person did since.
 *
 * An act is drawn at once (`apply`), stays pending until the server's word comes (`settle`) and can be taken back
 * (`revert`). Reloading from the server never overwrites a pending act. No DOM.
 */

import { type Box, type CellData, type ReviewState, UNIDENTIFIED } from "./types";

export interface Cell {
  readonly id: string;
  readonly field: string;
  readonly box: Box;
  readonly suggested: string;
  /** Whose suggestion is shown, as the server names it. */
  readonly suggestion: string | null;
  readonly probability: number | null;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly unidentified: boolean;
  readonly cropUrl: string;
  /** The label that a person gave, or "". */
  readonly label: string;
  readonly reviewState: ReviewState;
  /** What is drawn and counted: the label, else the suggestion, else UNIDENTIFIED. */
  readonly shown: string;
  /** The version that the server last told us. */
  readonly version: number;
  /** Acts that the server has not answered yet. */
  readonly pending: number;
  /** Who gave the label, "" for nobody. */
  readonly by: string;
  readonly comments: number;
  /** The suggestion is below what may be confirmed in bulk. */
  readonly lowConfidence: boolean;
  readonly hand: boolean;
}

/** Below this probability a suggestion counts as unsure where the server does not say so itself. */
const LOW_CONFIDENCE = 0.75;

function shownClass(label: string, data: CellData): string {
  if (label !== "") return label;
  return data.unidentified || data.suggested === "" ? UNIDENTIFIED : data.suggested;
}

function fromServer(data: CellData): Cell {
  const label = data.review_state === "labelled" ? data.class : "";
  return {
    id: data.id,
    field: data.field,
    box: data.box,
    suggested: data.suggested,
    suggestion: data.suggestion,
    probability: data.probability,
    probabilities: data.probabilities ?? {},
    unidentified: data.unidentified,
    cropUrl: data.crop_url,
    label,
    reviewState: data.review_state,
    shown: shownClass(label, data),
    version: data.version,
    pending: 0,
    by: label === "" ? "" : (data.by ?? ""),
    comments: data.comments ?? 0,
    lowConfidence: data.low_confidence ?? isUnsure(data),
    hand: data.hand ?? false,
  };
}

function isUnsure(data: CellData): boolean {
  return data.unidentified || data.suggested === "" || (data.probability ?? 0) < LOW_CONFIDENCE;
}

/** How the page names a cell that the server does not know yet. */
const DRAFT = "new-";

/** Return the name of a new cell whose act carries `key`. */
export function draftId(key: string): string {
  return `${DRAFT}${key}`;
}

export function isDraft(id: string): boolean {
  return id.startsWith(DRAFT);
}

export class BoxStore {
  readonly #cells = new Map<string, Cell>();
  readonly #server = new Map<string, CellData>();
  /** Cells that the person removed and the server has not answered for. */
  readonly #hidden = new Set<string>();
  readonly #listeners = new Set<(changed: ReadonlySet<string> | null) => void>();

  /** `me`: the name under which the person's own labels are drawn before the server says so. */
  constructor(readonly me = "") {}

  get size(): number {
    return this.#cells.size;
  }

  get(id: string): Cell | undefined {
    return this.#cells.get(id);
  }

  all(): IterableIterator<Cell> {
    return this.#cells.values();
  }

  inField(field: string): Cell[] {
    return [...this.#cells.values()].filter((cell) => cell.field === field);
  }

  /** Be told of changes: the ids that changed, or null when cells came or went. Returns the way to stop. */
  subscribe(listener: (changed: ReadonlySet<string> | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Take the server's list as the truth, in its order; pending acts stay drawn. */
  load(cells: readonly CellData[]): void {
    const before = new Map(this.#cells);
    this.#cells.clear();
    this.#server.clear();
    for (const data of cells) {
      this.#server.set(data.id, data);
      const old = before.get(data.id);
      const fresh = fromServer(data);
      if (this.#hidden.has(data.id)) continue;
      this.#cells.set(data.id, old && old.pending > 0 ? this.#overlay(fresh, data, old) : fresh);
    }
    for (const old of before.values()) if (isDraft(old.id)) this.#cells.set(old.id, old);
    this.#tell(null);
  }

  /** Return what the server last said of a cell. */
  data(id: string): CellData | undefined {
    return this.#server.get(id);
  }

  /** Draw an act at once: the label `to`, or none. */
  apply(id: string, to: string | null): void {
    this.applyAll([id], () => to);
  }

  /** Draw an act on many cells at once, and tell of it once. */
  applyAll(ids: readonly string[], toOf: (id: string) => string | null): void {
    for (const id of ids) this.#apply(id, toOf(id));
    this.#tell(new Set(ids));
  }

  #apply(id: string, to: string | null): void {
    const cell = this.#must(id);
    const data = this.#server.get(id);
    const label = to ?? "";
    this.#cells.set(id, {
      ...cell,
      label,
      reviewState: label === "" ? "seen" : "labelled",
      shown: data ? shownClass(label, data) : label || UNIDENTIFIED,
      pending: cell.pending + 1,
      by: label === "" ? "" : this.me,
    });
  }

  /** Take the server's word on one act; while `remaining` later acts on the cell wait, they stay drawn. */
  settle(data: CellData, remaining: number): void {
    this.settleAll([data], () => remaining);
  }

  /** Take the server's word on many cells and tell of it once; cells that are not held are passed over. */
  settleAll(list: readonly CellData[], remainingOf: (id: string) => number): void {
    const changed = new Set<string>();
    for (const data of list) {
      const cell = this.#cells.get(data.id);
      // What is done to a cell before its removal is answered counts for the version that the removal names.
      if (cell || this.#hidden.has(data.id)) this.#server.set(data.id, data);
      if (!cell) continue;
      const fresh = fromServer(data);
      const remaining = remainingOf(data.id);
      const waiting = { ...cell, pending: remaining };
      this.#cells.set(data.id, remaining > 0 ? this.#overlay(fresh, data, waiting) : fresh);
      changed.add(data.id);
    }
    if (changed.size > 0) this.#tell(changed);
  }

  /**
   * Take what others did: newer cells, new ones at the end, and those that are gone. What the person has done and the
   * server has not answered stays drawn. Returns the ids that changed, of those that were held already.
   */
  merge(list: readonly CellData[], gone: readonly string[] = []): ReadonlySet<string> {
    const changed = new Set<string>();
    let moved = false;
    for (const data of list) {
      const cell = this.#cells.get(data.id);
      if (cell && data.version < cell.version) continue;
      this.#server.set(data.id, data);
      if (this.#hidden.has(data.id)) continue;
      const fresh = fromServer(data);
      this.#cells.set(data.id, cell && cell.pending > 0 ? this.#overlay(fresh, data, cell) : fresh);
      if (cell) changed.add(data.id);
      else moved = true;
    }
    for (const id of gone) {
      this.#hidden.delete(id);
      this.#server.delete(id);
      moved = this.#cells.delete(id) || moved;
    }
    if (moved) this.#tell(null);
    else if (changed.size > 0) this.#tell(changed);
    return changed;
  }

  /** Go back to what the server last said of a cell, when its acts were refused. */
  revert(id: string): void {
    if (isDraft(id)) {
      if (this.#cells.delete(id)) this.#tell(null);
      return;
    }
    const data = this.#server.get(id);
    if (!data) return;
    const hidden = this.#hidden.delete(id);
    if (!hidden && !this.#cells.has(id)) return;
    this.#cells.set(id, fromServer(data));
    this.#tell(hidden ? null : new Set([id]));
  }

  /** Draw a box that the person made, before the server knows of it: a cell of the class `to`, or of none. */
  draft(id: string, field: string, box: Box, to: string | null): void {
    const data: CellData = {
      id,
      field,
      box,
      class: to ?? "",
      review_state: to === null ? "seen" : "labelled",
      suggested: "",
      suggestion: null,
      probability: null,
      unidentified: false,
      version: 0,
      crop_url: "",
      probabilities: {},
      by: this.me,
      hand: true,
    };
    this.#cells.set(id, { ...fromServer(data), pending: 1 });
    this.#tell(null);
  }

  /** Take the server's word on a cell that the person boxed; `remaining` later acts on it stay drawn. */
  adopt(draft: string, data: CellData, remaining: number): void {
    const cell = this.#cells.get(draft);
    this.#cells.delete(draft);
    this.#server.set(data.id, data);
    const fresh = fromServer(data);
    const waiting = cell && remaining > 0 ? { ...cell, pending: remaining } : null;
    // Removed again before the server knew of it.
    if (!cell) this.#hidden.add(data.id);
    else this.#cells.set(data.id, waiting ? this.#overlay(fresh, data, waiting) : fresh);
    this.#tell(null);
  }

  /** Draw a box where the person moved it. */
  applyBox(id: string, box: Box): void {
    const cell = this.#must(id);
    this.#cells.set(id, { ...cell, box, hand: true, pending: cell.pending + 1 });
    this.#tell(new Set([id]));
  }

  /** Draw a cell no more that the person removed; `revert` brings it back. */
  hide(id: string): void {
    if (!this.#cells.delete(id)) return;
    if (!isDraft(id)) this.#hidden.add(id);
    this.#tell(null);
  }

  /** The server removed the cell. */
  drop(id: string): void {
    this.#hidden.delete(id);
    this.#server.delete(id);
    if (this.#cells.delete(id)) this.#tell(null);
  }

  /** Note that somebody else's label and version stand on the server now; what is drawn stays until settled. */
  noteServer(id: string, cls: string, version: number, by = "", box?: Box): void {
    const data = this.#server.get(id);
    const cell = this.#cells.get(id);
    if (!data) return;
    const reviewState: ReviewState = cls === "" ? "seen" : "labelled";
    this.#server.set(id, {
      ...data,
      class: cls,
      review_state: reviewState,
      version,
      by,
      box: box ?? data.box,
    });
    if (cell) this.#cells.set(id, { ...cell, version });
  }

  /** Note that cells have been on screen. */
  markSeen(ids: Iterable<string>): void {
    const changed = new Set<string>();
    for (const id of ids) {
      const cell = this.#cells.get(id);
      const data = this.#server.get(id);
      if (data?.review_state === "suggested") this.#server.set(id, { ...data, review_state: "seen" });
      if (cell?.reviewState !== "suggested") continue;
      this.#cells.set(id, { ...cell, reviewState: "seen" });
      changed.add(id);
    }
    if (changed.size > 0) this.#tell(changed);
  }

  #overlay(fresh: Cell, data: CellData, old: Cell): Cell {
    return {
      ...fresh,
      box: old.box,
      label: old.label,
      reviewState: old.reviewState,
      shown: shownClass(old.label, data),
      pending: old.pending,
      by: old.by,
    };
  }

  #must(id: string): Cell {
    const cell = this.#cells.get(id);
    if (!cell) throw new Error(`There is no cell ${id}`);
    return cell;
  }

  #tell(changed: ReadonlySet<string> | null): void {
    for (const listener of this.#listeners) listener(changed);
  }
}
