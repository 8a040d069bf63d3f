/**
 * Carries a person's acts to the server, one after the other in the order in which they were done, and never forgets
 * one.
 *
 * An act that meets a temporary failure is sent again (with the same key, so it counts once) until it is answered;
 * what is unanswered is also kept in the browser's storage and taken up again after a reload. A stale act stops and
 * waits for the person's choice between both values. The acts of a bulk move travel together. No DOM.
 */

import { ApiError } from "../shared/api";
import { conflictOf, drawAct, isOvertaken } from "./drawing";
import { type Act, type Chain, entriesIn, Outbox, type Step } from "./outbox";
import { type Conflict, dataAfter, type SaverOptions, type SaveState, wantedBy } from "./saving";
import type { CellData, CellThere, ConflictDetail } from "./types";

export type { Act, Step } from "./outbox";
export type { Answer, Conflict, Keeper, SaverOptions, SaveState, Wanted } from "./saving";

/** After this time without an answer the page says "not saved" (ms). */
export const LATE_AFTER_MS = 3_000;
/** How many acts of a bulk move one request carries; the server takes no more. */
export const MOST_AT_ONCE = 500;
const CELL_GONE =
  "A label kept from an earlier visit belongs to a cell that a later analysis replaced. Look at the cells once more.";
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 15_000;

function retryAfter(failures: number): number {
  return Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** failures);
}

function asRefusal(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, "offline", String(error));
}

export class Saver {
  readonly #options: SaverOptions;
  readonly #outbox = new Outbox();
  readonly #conflicts = new Map<string, Conflict>();
  /** Cells that a waiting step has drawn already. */
  readonly #drawn = new Map<string, readonly string[]>();
  #reason = "";
  #lateTimer: ReturnType<typeof setTimeout> | undefined;
  /** Bulk moves and steps go one at a time, each with its pause after a failure. */
  #wide = { busy: false, failures: 0, timer: undefined as ReturnType<typeof setTimeout> | undefined };

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** Take an act that the store already shows. Acting again on a cell in conflict is choosing one's own value. */
  add(act: Act): void {
    this.addAll([act]);
  }

  /** Take many acts that the store already shows. */
  addAll(acts: readonly Act[]): void {
    for (const act of acts) {
      this.#conflicts.delete(act.cell);
      this.#queue(act);
    }
    this.#changed();
    this.#pump();
  }

  /**
   * Take an undo or redo of the person's last act. `drawn` are the cells that the store shows already as they will be;
   * the server's word on them follows.
   */
  addStep(step: Step, drawn: readonly string[] = []): void {
    this.#drawn.set(step.key, drawn);
    this.#outbox.pushStep(step);
    this.#changed();
    this.#pump();
  }

  /**
   * Take up acts that an earlier page could not save; returns how many go on. Those whose cell is not there any more
   * are refused in words, not dropped in silence.
   */
  restore(): number {
    let kept: (Act | Step)[] = [];
    try {
      kept = entriesIn(this.#options.keeper.read());
    } catch {
      this.#options.keeper.write(null);
    }
    let known = 0;
    for (const entry of kept) {
      if ("step" in entry) {
        if (!this.#options.sendStep) continue;
        this.#outbox.pushStep(entry);
        known += 1;
      } else if (drawAct(this.#options.store, entry)) {
        this.#queue(entry);
        known += 1;
      } else {
        this.#options.onRefused(entry, CELL_GONE);
      }
    }
    this.#changed();
    this.#options.keeper.takenUp();
    this.#pump();
    return known;
  }

  /** Send everything that waits for a retry now (the network came back). */
  retryNow(): void {
    for (const chain of this.#outbox.chains.values()) {
      clearTimeout(chain.timer);
      chain.timer = undefined;
    }
    clearTimeout(this.#wide.timer);
    this.#wide.timer = undefined;
    this.#pump();
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
    const { yours: to, version, about, mine } = conflict;
    const suggestion = this.#options.store.get(cell)?.suggestion ?? null;
    const kind = about ?? "label";
    if (about === "remove") this.#options.store.hide(cell);
    const act: Act = { key, cell, kind, to, seenSuggestion: suggestion !== null, suggestion, version, at };
    this.add(mine ? { ...act, box: mine } : act);
  }

  state(now: number): SaveState {
    const waiting = this.#outbox.size;
    return {
      waiting,
      late: waiting === 0 ? 0 : this.#outbox.times().filter((at) => now - at >= LATE_AFTER_MS).length,
      reason: waiting > 0 ? this.#reason : "",
      conflicts: [...this.#conflicts.values()],
    };
  }

  #queue(act: Act): void {
    // The version that the person saw: what others do until this is sent must come out as a conflict. After acts of
    // one's own that wait it is the one that they leave.
    const first = this.#outbox.waitingOf(act.cell) === 0 && this.#outbox.steps.length === 0;
    act.version = first ? (act.version ?? this.#options.store.get(act.cell)?.version ?? null) : null;
    this.#outbox.push(act);
  }

  /** Start everything that may be sent now. */
  #pump(): void {
    for (const [cell, chain] of this.#outbox.chains)
      if (chain.acts.length === 0 && !chain.busy) this.#outbox.chains.delete(cell);
    const together: { chain: Chain; act: Act }[] = [];
    for (const { chain, act } of this.#outbox.ready()) {
      if (act.group === undefined || !this.#options.sendMany) void this.#sendOne(act.cell, chain, act);
      else if (together[0] === undefined || together[0].act.group === act.group)
        together.push({ chain, act });
    }
    if (this.#wide.busy || this.#wide.timer !== undefined) return;
    if (together.length > 0) {
      void this.#sendMany(together.slice(0, MOST_AT_ONCE));
      return;
    }
    const step = this.#outbox.nextStep();
    if (step) void this.#sendStep(step);
  }

  /** Return the version an act builds on, fixed from now on. */
  #versionOf(act: Act): number {
    const { store } = this.#options;
    // Of a removed cell only the server's word is left.
    act.version ??= (store.data(act.cell) ?? store.get(act.cell))?.version ?? 1;
    return act.version;
  }

  /** The first act of a chain is answered: the next builds on the version that it left. */
  #answered(chain: Chain, version: number): void {
    chain.acts.shift();
    chain.failures = 0;
    chain.stuck = false;
    const next = chain.acts[0];
    // An undo in between leaves a version of its own.
    const barrier = this.#outbox.steps[0];
    if (next && !(barrier && barrier.seq < next.seq)) next.entry.version ??= version;
  }

  async #sendOne(cell: string, chain: Chain, act: Act): Promise<void> {
    chain.busy = true;
    const version = this.#versionOf(act);
    try {
      const { cell: data, ...answer } = await this.#options.send({ ...act, version });
      this.#answered(chain, typeof data === "string" ? version : data.version);
      this.#reason = "";
      if (typeof data === "string") this.#options.store.drop(data);
      else if (act.kind === "add") this.#named(cell, data, chain);
      else this.#options.store.settle(data, chain.acts.length);
      this.#options.onAnswer(typeof data === "string" ? answer : { ...answer, cell: data });
    } catch (error) {
      this.#failed(cell, chain, act, asRefusal(error));
    }
    chain.busy = false;
    this.#changed();
    this.#pump();
  }

  /** The server has taken a cell that the person boxed: it goes on under the server's name for it. */
  #named(draft: string, data: CellData, chain: Chain): void {
    this.#outbox.rename(draft, data.id);
    this.#options.store.adopt(draft, data, chain.acts.length);
    this.#options.onNamed?.(draft, data.id);
  }

  #failed(cell: string, chain: Chain, act: Act, refusal: ApiError): void {
    if (refusal.temporary) {
      this.#reason = refusal.message;
      chain.timer = setTimeout(() => {
        chain.timer = undefined;
        this.#pump();
      }, retryAfter(chain.failures));
      chain.failures += 1;
      chain.stuck = refusal.status === 500; // the server fails at this act, not at all of them
      return;
    }
    chain.stuck = false;
    const acts = chain.acts.map((queued) => queued.entry);
    const last = acts.at(-1) ?? act;
    chain.acts = [];
    if (act.kind === "add" && refusal.code === "cell-there" && this.#options.onThere) {
      this.#options.store.revert(cell);
      const wanted = wantedBy(acts);
      if (wanted) this.#options.onThere(wanted, refusal.detail as CellThere);
      return;
    }
    if (isOvertaken(act, refusal)) {
      this.#conflicted(last, refusal.detail as ConflictDetail);
      return;
    }
    if (act.kind === "remove" && refusal.status === 410) {
      this.#options.store.drop(cell); // somebody else was faster, and wanted the same
      return;
    }
    this.#options.store.revert(cell);
    this.#options.onRefused(act, refusal.message);
  }

  async #sendMany(together: readonly { chain: Chain; act: Act }[]): Promise<void> {
    const { sendMany, store, onMany } = this.#options;
    if (!sendMany) return;
    this.#wide.busy = true;
    for (const { chain } of together) chain.busy = true;
    const acts = together.map(({ act }) => ({ ...act, version: this.#versionOf(act) }));
    try {
      const answer = await sendMany(acts);
      this.#wide.failures = 0;
      this.#reason = "";
      const settled: CellData[] = [];
      for (const [at, { chain, act }] of together.entries()) {
        const result = answer.results[at];
        const data = result && dataAfter(act, result, store);
        if (data) {
          this.#answered(chain, data.version);
          settled.push(data);
        } else {
          const { message, code, detail } = result?.error ?? { message: "", code: "error", detail: null };
          this.#failed(act.cell, chain, act, new ApiError(result?.status ?? 400, code, message, detail));
        }
      }
      store.settleAll(settled, (id) => this.#outbox.waitingOf(id));
      onMany?.(answer);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.temporary) this.#pause(refusal);
      else for (const { chain, act } of together) this.#failed(act.cell, chain, act, refusal);
    }
    for (const { chain } of together) chain.busy = false;
    this.#wide.busy = false;
    this.#changed();
    this.#pump();
  }

  async #sendStep(step: Step): Promise<void> {
    const { sendStep, store, onStepped, onStepRefused } = this.#options;
    if (!sendStep) return;
    this.#wide.busy = true;
    const drawn = this.#drawn.get(step.key) ?? [];
    try {
      const answer = await sendStep(step);
      this.#wide.failures = 0;
      this.#reason = "";
      this.#outbox.steps.shift();
      this.#undraw(step, new Set(answer.results.map((result) => result.id)));
      const cells = answer.results.flatMap((result) => (result.cell ? [result.cell] : []));
      for (const { conflict, id } of answer.results) if (conflict) this.#noteCurrent(id, conflict);
      store.settleAll(cells, (id) => this.#outbox.waitingOf(id));
      const gone = answer.results.filter((result) => !result.cell && result.status !== "conflict");
      const fresh = cells.filter((cell) => !store.get(cell.id));
      if (gone.length > 0 || fresh.length > 0)
        store.merge(
          fresh,
          gone.map((result) => result.id),
        );
      onStepped?.(step, answer);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.temporary) {
        this.#pause(refusal);
      } else {
        this.#outbox.steps.shift();
        for (const id of drawn) if (this.#outbox.waitingOf(id) === 0) store.revert(id);
        this.#drawn.delete(step.key);
        onStepRefused?.(step, refusal.message);
      }
    }
    this.#wide.busy = false;
    this.#changed();
    this.#pump();
  }

  /** Take back what was drawn of a step on cells that the server did not touch, or could not. */
  #undraw(step: Step, touched: ReadonlySet<string>): void {
    for (const id of this.#drawn.get(step.key) ?? []) {
      if (!touched.has(id) && this.#outbox.waitingOf(id) === 0) this.#options.store.revert(id);
    }
    this.#drawn.delete(step.key);
  }

  /** A cell that was not undone since somebody changed it: show what stands. */
  #noteCurrent(id: string, conflict: ConflictDetail): void {
    this.#options.store.noteServer(
      id,
      conflict.current?.class ?? "",
      conflict.current?.version ?? 1,
      conflict.current?.by,
    );
    if (this.#outbox.waitingOf(id) === 0) this.#options.store.revert(id);
  }

  #pause(refusal: ApiError): void {
    this.#reason = refusal.message;
    this.#wide.timer = setTimeout(() => {
      this.#wide.timer = undefined;
      this.#pump();
    }, retryAfter(this.#wide.failures));
    this.#wide.failures += 1;
  }

  #conflicted(act: Act, detail: ConflictDetail): void {
    const { current } = detail;
    this.#options.store.noteServer(
      act.cell,
      current?.class ?? "",
      current?.version ?? 1,
      current?.by,
      current?.box,
    );
    const conflict = conflictOf(act, detail);
    if (conflict) {
      this.#conflicts.set(act.cell, conflict);
      // What others did to a cell that one wants gone has to be seen before one says so again.
      if (act.kind === "remove") this.#options.store.revert(act.cell);
      return;
    }
    this.#options.store.revert(act.cell);
    if (act.kind === "undo") this.#options.onRefused(act, "The cell was changed since; nothing was undone.");
  }

  #changed(): void {
    this.#options.keeper.write(this.#outbox.text());
    const now = Date.now();
    this.#options.onState(this.state(now));
    clearTimeout(this.#lateTimer);
    const due = this.#outbox
      .times()
      .map((at) => at + LATE_AFTER_MS)
      .filter((time) => time > now);
    if (due.length > 0) {
      const soonest = due.reduce((a, b) => Math.min(a, b));
      this.#lateTimer = setTimeout(() => this.#options.onState(this.state(Date.now())), soonest - now + 1);
    }
  }
}
