/**
 * Carries a person's acts to the server, one after the other for each cell, and never forgets one.
 *
 * An act that meets a temporary failure is sent again (with the same key, so it counts once) until it is answered;
 * what is unanswered is also kept in the browser's storage and taken up again after a reload. A stale act stops and
 * waits for the person's choice between both values. No DOM.
 */

import { ApiError } from "../shared/api";
import type { BoxStore } from "./store";
import type { ConflictDetail, LabelAnswer } from "./types";

/** After this time without an answer the page says "not saved" (ms). */
export const LATE_AFTER_MS = 3_000;
const CELL_GONE =
  "A label kept from an earlier visit belongs to a cell that a later analysis replaced. Look at the cells once more.";
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 15_000;

export interface Act {
  key: string;
  cell: string;
  kind: "label" | "undo";
  to: string | null;
  seenSuggestion: boolean;
  /** Whose suggestion was on screen; null for none, missing in acts kept before pages named it. */
  suggestion?: string | null;
  /** The version the act builds on; fixed when it is first sent. */
  version: number | null;
  /** When the person acted, ms of the epoch. */
  at: number;
}

export interface Conflict {
  cell: string;
  yours: string | null;
  current: string;
  version: number;
  by: string;
}

export interface SaveState {
  waiting: number;
  late: number;
  /** Why the last try failed, while something waits. */
  reason: string;
  conflicts: readonly Conflict[];
}

export interface Keeper {
  /** What earlier pages, and other pages that are open, have not had answered. */
  read(): string | null;
  /** Keep what this page waits for; null for nothing. */
  write(text: string | null): void;
  /** What was read is this page's now: forget where it lay. */
  takenUp(): void;
}

export interface SaverOptions {
  store: BoxStore;
  send: (act: Act & { version: number }) => Promise<LabelAnswer>;
  keeper: Keeper;
  onState: (state: SaveState) => void;
  onAnswer: (answer: LabelAnswer) => void;
  onRefused: (act: Act, message: string) => void;
}

interface Chain {
  acts: Act[];
  busy: boolean;
  failures: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Saver {
  readonly #options: SaverOptions;
  readonly #chains = new Map<string, Chain>();
  readonly #conflicts = new Map<string, Conflict>();
  #reason = "";
  #lateTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** Take an act that the store already shows. Acting again on a cell in conflict is choosing one's own value. */
  add(act: Act): void {
    this.#conflicts.delete(act.cell);
    const chain = this.#chains.get(act.cell) ?? { acts: [], busy: false, failures: 0, timer: undefined };
    this.#chains.set(act.cell, chain);
    chain.acts.push(act);
    this.#changed();
    void this.#run(act.cell, chain);
  }

  /**
   * Take up acts that an earlier page could not save; returns how many go on. Those whose cell is not there any more
   * are refused in words, not dropped in silence.
   */
  restore(): number {
    let kept: Act[] = [];
    try {
      kept = JSON.parse(this.#options.keeper.read() ?? "[]") as Act[];
    } catch {
      this.#options.keeper.write(null);
    }
    const known = kept.filter((act) => this.#options.store.get(act.cell));
    for (const act of kept) if (!known.includes(act)) this.#options.onRefused(act, CELL_GONE);
    if (known.length === 0) this.#keep();
    for (const act of known) {
      this.#options.store.apply(act.cell, act.to);
      this.add(act);
    }
    this.#options.keeper.takenUp();
    return known.length;
  }

  /** Send everything that waits for a retry now (the network came back). */
  retryNow(): void {
    for (const [cell, chain] of this.#chains) {
      clearTimeout(chain.timer);
      chain.timer = undefined;
      void this.#run(cell, chain);
    }
  }

  /** Settle a conflict: send the person's value on top of the newer version, or keep the server's. */
  choose(cell: string, whose: "mine" | "theirs", key: string, at: number): void {
    const conflict = this.#conflicts.get(cell);
    if (!conflict) return;
    this.#conflicts.delete(cell);
    if (whose === "theirs") {
      this.#options.store.revert(cell);
      this.#changed();
      return;
    }
    const { yours: to, version } = conflict;
    const suggestion = this.#options.store.get(cell)?.suggestion ?? null;
    this.add({ key, cell, kind: "label", to, seenSuggestion: suggestion !== null, suggestion, version, at });
  }

  state(now: number): SaveState {
    const acts = this.#acts();
    return {
      waiting: acts.length,
      late: acts.filter((act) => now - act.at >= LATE_AFTER_MS).length,
      reason: acts.length > 0 ? this.#reason : "",
      conflicts: [...this.#conflicts.values()],
    };
  }

  #acts(): Act[] {
    return [...this.#chains.values()].flatMap((chain) => chain.acts);
  }

  async #run(cell: string, chain: Chain): Promise<void> {
    if (chain.busy || chain.timer !== undefined) return;
    chain.busy = true;
    while (chain.acts[0] && chain.timer === undefined) await this.#sendFirst(cell, chain, chain.acts[0]);
    chain.busy = false;
    if (chain.acts.length === 0) this.#chains.delete(cell);
    this.#changed();
  }

  async #sendFirst(cell: string, chain: Chain, act: Act): Promise<void> {
    const version = act.version ?? this.#options.store.get(cell)?.version ?? 1;
    if (act.version === null) {
      act.version = version;
      this.#keep();
    }
    try {
      const answer = await this.#options.send({ ...act, version });
      chain.acts.shift();
      chain.failures = 0;
      this.#reason = "";
      this.#options.store.settle(answer.cell, chain.acts.length);
      this.#options.onAnswer(answer);
      this.#changed();
    } catch (error) {
      this.#failed(cell, chain, act, error);
    }
  }

  #failed(cell: string, chain: Chain, act: Act, error: unknown): void {
    const refusal = error instanceof ApiError ? error : new ApiError(0, "offline", String(error));
    if (refusal.temporary) {
      this.#reason = refusal.message;
      const wait = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** chain.failures);
      chain.failures += 1;
      chain.timer = setTimeout(() => {
        chain.timer = undefined;
        void this.#run(cell, chain);
      }, wait);
      this.#changed();
      return;
    }
    const last = chain.acts.at(-1) ?? act;
    chain.acts = [];
    const detail = (refusal.detail ?? {}) as ConflictDetail;
    if (refusal.status === 409 && detail.current?.version !== undefined) {
      this.#conflicted(last, detail);
      return;
    }
    this.#options.store.revert(cell);
    this.#options.onRefused(act, refusal.message);
    this.#changed();
  }

  #conflicted(act: Act, detail: ConflictDetail): void {
    const current = detail.current?.class ?? "";
    const version = detail.current?.version ?? 1;
    this.#options.store.noteServer(act.cell, current, version);
    if (act.kind === "undo" || (act.to ?? "") === current) {
      this.#options.store.revert(act.cell);
      if (act.kind === "undo")
        this.#options.onRefused(act, "The cell was changed since; nothing was undone.");
    } else {
      const by = detail.current?.by ?? "";
      this.#conflicts.set(act.cell, { cell: act.cell, yours: act.to, current, version, by });
    }
    this.#changed();
  }

  #keep(): void {
    const acts = this.#acts();
    this.#options.keeper.write(acts.length > 0 ? JSON.stringify(acts) : null);
  }

  #changed(): void {
    this.#keep();
    const now = Date.now();
    this.#options.onState(this.state(now));
    clearTimeout(this.#lateTimer);
    const due = this.#acts()
      .map((act) => act.at + LATE_AFTER_MS)
      .filter((time) => time > now);
    if (due.length > 0) {
      this.#lateTimer = setTimeout(
        () => this.#options.onState(this.state(Date.now())),
        Math.min(...due) - now + 1,
      );
    }
  }
}
