/** What waits to be sent, in the order in which the person acted. No DOM, no network. */

import type { Box } from "./types";

/** One act on one cell. */
export interface Act {
  key: string;
  /** The cell; of one that the server does not know yet, a name of the page's own (`draftId`). */
  cell: string;
  kind: "label" | "undo" | "add" | "box" | "remove";
  /** The class of a label or of a new cell. */
  to: string | null;
  /** Where a new or moved box lies. */
  box?: Box;
  /** On which field a new box lies. */
  field?: string;
  /** A new box is of another cell than the one that it overlaps. */
  apart?: boolean;
  seenSuggestion: boolean;
  /** Whose suggestion was on screen; null for none, missing in acts kept before pages named it. */
  suggestion?: string | null;
  /** The version the act builds on; null while an earlier act on the cell waits. */
  version: number | null;
  /** When the person acted, ms of the epoch. */
  at: number;
  /** What the acts of one bulk move share; they are sent together and undone together. */
  group?: string;
}

/** Undo or redo of the person's last act, whatever it was: it waits for all acts before it, and those after wait for it. */
export interface Step {
  key: string;
  step: "undo" | "redo";
  at: number;
}

export interface Queued<T> {
  readonly entry: T;
  readonly seq: number;
}

/** The acts on one cell. */
export interface Chain {
  acts: Queued<Act>[];
  busy: boolean;
  failures: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The server fails at its first act, so the other cells wait for it no longer. */
  stuck: boolean;
}

export class Outbox {
  readonly chains = new Map<string, Chain>();
  readonly steps: Queued<Step>[] = [];
  #seq = 0;

  /** Return the acts on a cell that wait. */
  waitingOf(cell: string): number {
    return this.chains.get(cell)?.acts.length ?? 0;
  }

  push(act: Act): Chain {
    const chain = this.chains.get(act.cell) ?? {
      acts: [],
      busy: false,
      failures: 0,
      timer: undefined,
      stuck: false,
    };
    this.chains.set(act.cell, chain);
    chain.acts.push({ entry: act, seq: ++this.#seq });
    return chain;
  }

  /** The server gave a new cell its name: what waits for it goes on under that. */
  rename(from: string, to: string): void {
    const chain = this.chains.get(from);
    if (!chain) return;
    this.chains.delete(from);
    this.chains.set(to, chain);
    for (const { entry } of chain.acts) entry.cell = to;
  }

  pushStep(step: Step): void {
    this.steps.push({ entry: step, seq: ++this.#seq });
  }

  /**
   * Return the acts that may be sent now: the earliest that waits, with those of its group. The server undoes acts in
   * the order in which they came in, so each waits for the answers to all before it, also on other cells.
   */
  ready(): { chain: Chain; act: Act }[] {
    const heads = [...this.chains.values()].flatMap((chain) => {
      const first = chain.acts[0];
      return first ? [{ chain, first }] : [];
    });
    const inTurn = heads.filter(({ chain }) => !chain.stuck).map(({ first }) => first);
    const earliest = inTurn.reduce<Queued<Act> | null>((a, b) => (a && a.seq < b.seq ? a : b), null);
    const barrier = this.steps[0]?.seq ?? Number.POSITIVE_INFINITY;
    return heads
      .filter(
        ({ chain, first }) =>
          !chain.busy &&
          chain.timer === undefined &&
          first.seq < barrier &&
          (chain.stuck || first === earliest || isTogether(first, earliest)),
      )
      .map(({ chain, first }) => ({ chain, act: first.entry }));
  }

  /** Return the step that may be sent now: the first, once every act before it is answered. */
  nextStep(): Step | null {
    const first = this.steps[0];
    if (!first) return null;
    for (const chain of this.chains.values()) {
      const act = chain.acts[0];
      if (act && act.seq < first.seq) return null;
    }
    return first.entry;
  }

  acts(): Act[] {
    return [...this.chains.values()].flatMap((chain) => chain.acts.map((queued) => queued.entry));
  }

  get size(): number {
    let n = this.steps.length;
    for (const chain of this.chains.values()) n += chain.acts.length;
    return n;
  }

  /** Return when each waiting entry was done. */
  times(): number[] {
    return [...this.acts().map((act) => act.at), ...this.steps.map((step) => step.entry.at)];
  }

  /** Write everything down in its order; null for nothing. */
  text(): string | null {
    const all: Queued<Act | Step>[] = [...this.steps];
    for (const chain of this.chains.values()) all.push(...chain.acts);
    if (all.length === 0) return null;
    return JSON.stringify(all.sort((a, b) => a.seq - b.seq).map((queued) => queued.entry));
  }
}

function isTogether(one: Queued<Act>, other: Queued<Act> | null): boolean {
  return one.entry.group !== undefined && one.entry.group === other?.entry.group;
}

/** Read what was written down; nothing when it makes no sense. */
export function entriesIn(text: string | null): (Act | Step)[] {
  const found: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(found) ? (found as (Act | Step)[]) : [];
}
