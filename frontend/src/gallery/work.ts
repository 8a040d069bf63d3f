/** What a person does to cells in the gallery, one or many at once: drawn at once, sent, undone. No DOM. */

import type { Act, Saver } from "../cells/saver";
import type { BoxStore, Cell } from "../cells/store";
import { type Acts, UNIDENTIFIED } from "../cells/types";

/** One act as this page did it: what each cell was and became. */
interface Done {
  readonly cells: readonly { id: string; before: string | null; after: string | null }[];
}

export interface WorkOptions {
  store: BoxStore;
  saver: Saver;
  canLabel: boolean;
  newKey: () => string;
  newGroup: () => string;
  now: () => number;
  /** Whether the person has had a cell on screen. */
  isSeen: (id: string) => boolean;
}

/** What stands between a lane and its confirmation in one go. */
export interface LaneCheck {
  /** The cells that would be confirmed. */
  rest: string[];
  /** Why it cannot be done, a sentence; "" when it can. */
  why: string;
}

function many(n: number, one: string, others: string): string {
  return n === 1 ? `1 cell ${one}` : `${n} cells ${others}`;
}

export class Work {
  readonly #options: WorkOptions;
  readonly #done: Done[] = [];
  readonly #undone: Done[] = [];
  /** What the server says can be undone and done again. */
  acts: Acts = { undo: null, redo: null };

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  get canUndo(): boolean {
    return this.#options.canLabel && (this.#done.length > 0 || this.acts.undo !== null);
  }

  get canRedo(): boolean {
    return this.#options.canLabel && (this.#undone.length > 0 || this.acts.redo !== null);
  }

  /** Give cells a class; returns those to which something was done. */
  label(ids: readonly string[], to: string): string[] {
    return this.#act(ids, (cell) => (cell.label === to ? undefined : to));
  }

  /** Take the labels of cells back. */
  withdraw(ids: readonly string[]): string[] {
    return this.#act(ids, (cell) => (cell.label === "" ? undefined : null));
  }

  /** Make suggestions the person's own labels; what is unidentified has nothing to confirm and stays. */
  confirm(ids: readonly string[]): string[] {
    return this.#act(ids, (cell) =>
      cell.label !== "" || cell.shown === UNIDENTIFIED ? undefined : cell.shown,
    );
  }

  /** Say of each lane whether its rest may be confirmed in one go; one pass over the cells for all of them. */
  checkLanes(): (lane: string) => LaneCheck {
    const found = new Map<string, { rest: string[]; unseen: number; unsure: number }>();
    for (const cell of this.#options.store.all()) {
      if (cell.label !== "") continue;
      const lane = found.get(cell.shown) ?? { rest: [], unseen: 0, unsure: 0 };
      found.set(cell.shown, lane);
      lane.rest.push(cell.id);
      if (!this.#options.isSeen(cell.id)) lane.unseen += 1;
      if (cell.lowConfidence) lane.unsure += 1;
    }
    return (name) => {
      const { rest, unseen, unsure } = found.get(name) ?? { rest: [], unseen: 0, unsure: 0 };
      return { rest, why: this.#whyNot(name, rest.length, unseen, unsure) };
    };
  }

  #whyNot(lane: string, rest: number, unseen: number, unsure: number): string {
    if (!this.#options.canLabel) return "Your role in this project is to look on.";
    if (lane === UNIDENTIFIED) return "Unidentified cells have no suggestion to confirm.";
    if (rest === 0) return "Every cell of this lane has a label.";
    const reasons = [];
    if (unseen > 0)
      reasons.push(many(unseen, "has not been on your screen yet", "have not been on your screen yet"));
    if (unsure > 0)
      reasons.push(many(unsure, "is unsure and needs a look", "are unsure and need a look each"));
    return reasons.length > 0 ? `${reasons.join("; ")}.` : "";
  }

  /**
   * Undo the last act, this page's or an earlier one's: the server knows them all. What this page did is drawn at
   * once. Returns the cells that were drawn, null when there is nothing to undo.
   */
  undo(): string[] | null {
    if (!this.canUndo) return null;
    return this.#step("undo", this.#done, this.#undone, (change) => change.before);
  }

  /** Do again what was undone last. */
  redo(): string[] | null {
    if (!this.canRedo) return null;
    return this.#step("redo", this.#undone, this.#done, (change) => change.after);
  }

  /** An act on a cell was refused, or somebody else changed it: what this page remembers of it is no guide any more. */
  forget(id: string): void {
    for (const list of [this.#done, this.#undone]) {
      for (const [at, done] of [...list.entries()].reverse()) {
        if (!done.cells.some((change) => change.id === id)) continue;
        const cells = done.cells.filter((change) => change.id !== id);
        if (cells.length > 0) list[at] = { cells };
        else list.splice(at, 1);
      }
    }
  }

  #step(
    step: "undo" | "redo",
    from: Done[],
    to: Done[],
    value: (change: Done["cells"][number]) => string | null,
  ): string[] {
    const { store, saver, newKey, now } = this.#options;
    const last = from.pop();
    const drawn: string[] = [];
    if (last) {
      to.push(last);
      const values = new Map(last.cells.map((change) => [change.id, value(change)]));
      drawn.push(...[...values.keys()].filter((id) => store.get(id)));
      store.applyAll(drawn, (id) => values.get(id) ?? null);
    }
    saver.addStep({ key: newKey(), step, at: now() }, drawn);
    return drawn;
  }

  /** Act on cells: `toOf` gives the new label, null to withdraw, undefined to leave a cell alone. */
  #act(ids: readonly string[], toOf: (cell: Cell) => string | null | undefined): string[] {
    const { store, saver, canLabel, newKey, newGroup, now } = this.#options;
    if (!canLabel) return [];
    const changes: { id: string; before: string | null; after: string | null }[] = [];
    for (const id of ids) {
      const cell = store.get(id);
      const after = cell && toOf(cell);
      if (cell && after !== undefined) changes.push({ id, before: cell.label || null, after });
    }
    if (changes.length === 0) return [];
    const at = now();
    const group = changes.length > 1 ? newGroup() : undefined;
    const acts = changes.map(({ id, after }): Act => {
      const suggestion = store.get(id)?.suggestion ?? null;
      return {
        key: newKey(),
        cell: id,
        kind: "label",
        to: after,
        // What the model said is shown with every cell unless the server withholds it.
        seenSuggestion: suggestion !== null,
        suggestion,
        version: null,
        at,
        ...(group === undefined ? {} : { group }),
      };
    });
    const values = new Map(changes.map(({ id, after }) => [id, after]));
    store.applyAll([...values.keys()], (id) => values.get(id) ?? null);
    this.#done.push({ cells: changes });
    this.#undone.length = 0;
    this.acts = { ...this.acts, redo: null };
    saver.addAll(acts);
    return changes.map(({ id }) => id);
  }
}
