/** A made-up server and a page on it: what the tests of saving need. */

import { vi } from "vitest";
import { type Act, Saver, type SaveState, type Step, type Wanted } from "../src/cells/saver";
import { Session } from "../src/cells/session";
import { BoxStore } from "../src/cells/store";
import type { ActAnswer, CellData, CellThere, StepAnswer } from "../src/cells/types";
import { ApiError } from "../src/shared/api";
import { cellData } from "./helpers";

interface Change {
  id: string;
  before: CellData | null;
  after: CellData | null;
}

/** A server that keeps cells, refuses stale versions, counts each key once, and undoes acts in their order. */
export class Server {
  readonly cells = new Map<string, CellData>();
  readonly answered = new Map<string, ActAnswer | StepAnswer>();
  readonly done: Change[] = [];
  readonly undone: Change[] = [];
  sent: Act[] = [];
  steps: Step["step"][] = [];
  failures: ApiError[] = [];
  #versions = new Map<string, number>();
  #named = 0;

  constructor(...cells: CellData[]) {
    for (const cell of cells) this.cells.set(cell.id, cell);
  }

  set(id: string, cls: string): CellData {
    return this.put(id, {
      ...(this.cells.get(id) ?? cellData(id)),
      class: cls,
      review_state: cls === "" ? "seen" : "labelled",
    });
  }

  put(id: string, cell: CellData): CellData {
    const version = Math.max(this.#versions.get(id) ?? 0, this.cells.get(id)?.version ?? 1) + 1;
    this.#versions.set(id, version);
    const fresh = { ...cell, id, version };
    this.cells.set(id, fresh);
    return fresh;
  }

  send = async (act: Act & { version: number }): Promise<ActAnswer> => {
    this.sent.push({ ...act });
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const known = this.answered.get(act.key);
    if (known) return known as ActAnswer;
    const before = act.kind === "add" ? null : (this.cells.get(act.cell) ?? null);
    if (act.kind !== "add" && !before) throw new ApiError(410, "gone", "It is gone.");
    if (before && before.version !== act.version) {
      throw new ApiError(409, "conflict", "changed", {
        yours: act.to,
        current: { class: before.class, version: before.version, by: "B", box: before.box },
      });
    }
    const answer: ActAnswer = { cell: this.#do(act, before), counts_rows: [] };
    this.undone.length = 0;
    this.answered.set(act.key, answer);
    return answer;
  };

  sendStep = async (step: Step): Promise<StepAnswer> => {
    this.steps.push(step.step);
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const known = this.answered.get(step.key);
    if (known) return known as StepAnswer;
    const [from, to] = step.step === "undo" ? [this.done, this.undone] : [this.undone, this.done];
    const change = from.pop();
    const answer: StepAnswer = { results: [], counts_rows: [], acts: null };
    if (change) {
      to.push(change);
      const wanted = step.step === "undo" ? change.before : change.after;
      if (wanted) this.put(change.id, wanted);
      else this.cells.delete(change.id);
      answer.results.push({ id: change.id, status: "applied", cell: this.cells.get(change.id) ?? null });
    }
    this.answered.set(step.key, answer);
    return answer;
  };

  #do(act: Act, before: CellData | null): CellData | string {
    const id = act.kind === "add" ? `real-${++this.#named}` : act.cell;
    if (act.kind === "remove") {
      this.#versions.set(id, (before?.version ?? 1) + 1);
      this.cells.delete(id);
    } else if (act.kind === "add") {
      this.put(id, cellData(id, { box: act.box ?? [0, 0, 9, 9], suggested: "", suggestion: null }));
      this.set(id, act.to ?? "");
    } else if (act.kind === "box") {
      this.put(id, { ...cellData(id), ...before, box: act.box ?? [0, 0, 9, 9] });
    } else {
      this.set(id, act.to ?? "");
    }
    const after = this.cells.get(id) ?? null;
    this.done.push({ id, before, after });
    return after ?? id;
  }
}

export interface Page {
  store: BoxStore;
  saver: Saver;
  session: Session;
  states: SaveState[];
  refused: string[];
  there: [Wanted, CellThere][];
  kept: { text: string | null };
}

export function open(server: Server, kept: { text: string | null } = { text: null }): Page {
  const store = new BoxStore();
  store.load([...server.cells.values()]);
  const states: SaveState[] = [];
  const refused: string[] = [];
  const there: [Wanted, CellThere][] = [];
  const saver = new Saver({
    store,
    send: server.send,
    sendStep: server.sendStep,
    onNamed: (draft, id) => session.rename(draft, id),
    keeper: {
      takenUp: () => undefined,
      read: () => kept.text,
      write: (text) => {
        kept.text = text;
      },
    },
    onState: (state) => states.push(state),
    onAnswer: () => undefined,
    onRefused: (_, message) => refused.push(message),
    onThere: (...told) => there.push(told),
  });
  let n = 0;
  const session: Session = new Session({
    store,
    saver,
    canLabel: true,
    newKey: () => `key-${n++}-${Math.random()}`,
    now: () => Date.now(),
    onSelect: () => undefined,
  });
  session.setOrder([...server.cells.keys()]);
  return { store, saver, session, states, refused, there, kept };
}

/** Let everything that is due happen. */
export const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);
