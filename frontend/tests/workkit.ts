/** The work of a gallery against a server that keeps labels; for tests. */

import { vi } from "vitest";
import { type Act, Saver, type SaveState, type Step } from "../src/cells/saver";
import { BoxStore } from "../src/cells/store";
import type { CellData, LabelAnswer, LabelListAnswer, StepAnswer } from "../src/cells/types";
import { Work } from "../src/gallery/work";
import { ApiError } from "../src/shared/api";
import { cellData } from "./helpers";

type Sent = Act & { version: number };

/** A server that keeps labels with their versions, and each person's acts for undo and redo. */
export class Server {
  readonly cells = new Map<string, CellData>();
  readonly log: string[] = [];
  readonly answered = new Map<string, unknown>();
  failures: ApiError[] = [];
  #done: { id: string; before: string; after: string; version: number }[][] = [];
  #undone: { id: string; before: string; after: string; version: number }[][] = [];

  constructor(...cells: CellData[]) {
    for (const cell of cells) this.cells.set(cell.id, cell);
  }

  set(id: string, cls: string, by = "Me"): CellData {
    const cell = this.cells.get(id) ?? cellData(id);
    const fresh: CellData = {
      ...cell,
      class: cls || cell.suggested,
      review_state: cls === "" ? "seen" : "labelled",
      version: cell.version + 1,
      by: cls === "" ? "" : by,
    };
    this.cells.set(id, fresh);
    return fresh;
  }

  label(id: string): string {
    const cell = this.cells.get(id);
    return cell?.review_state === "labelled" ? cell.class : "";
  }

  async #turn<T>(key: string, what: string, answer: () => T): Promise<T> {
    this.log.push(what);
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    if (!this.answered.has(key)) this.answered.set(key, answer());
    return this.answered.get(key) as T;
  }

  #one(act: Sent): CellData {
    const cell = this.cells.get(act.cell);
    if (cell && cell.version !== act.version)
      throw new ApiError(409, "conflict", "changed", {
        yours: act.to,
        current: { class: this.label(act.cell), version: cell.version, by: cell.by },
      });
    return this.set(act.cell, act.to ?? "");
  }

  send = (act: Sent): Promise<LabelAnswer> =>
    this.#turn(act.key, `one ${act.cell}`, () => {
      const before = this.label(act.cell);
      const cell = this.#one(act);
      this.#done.push([{ id: act.cell, before, after: act.to ?? "", version: cell.version }]);
      return { cell, counts_rows: [] };
    });

  sendMany = (acts: readonly Sent[]): Promise<LabelListAnswer> =>
    this.#turn(acts[0]?.key ?? "", `many ${acts.length}`, () => {
      const group: { id: string; before: string; after: string; version: number }[] = [];
      const results = acts.map((act) => {
        const before = this.label(act.cell);
        try {
          const cell = this.#one(act);
          group.push({ id: act.cell, before, after: act.to ?? "", version: cell.version });
          return {
            cell: act.cell,
            status: 200,
            class: cell.class,
            review_state: cell.review_state,
            version: cell.version,
          };
        } catch (error) {
          const { status, code, message, detail } = error as ApiError;
          return { cell: act.cell, status, error: { code, message, detail } };
        }
      });
      this.#done.push(group);
      return { results, counts_rows: null };
    });

  sendStep = (step: Step): Promise<StepAnswer> =>
    this.#turn(step.key, step.step, () => {
      const [from, to] = step.step === "undo" ? [this.#done, this.#undone] : [this.#undone, this.#done];
      const act = from.pop() ?? [];
      const results = act.map(({ id, before, after, version }) => {
        const cell = this.cells.get(id);
        if (!cell || cell.version !== version)
          return {
            id,
            status: "conflict" as const,
            cell: null,
            conflict: { current: { class: this.label(id), version: cell?.version ?? 1, by: "Otto" } },
          };
        return { id, status: "applied" as const, cell: this.set(id, step.step === "undo" ? before : after) };
      });
      to.push(act.map((entry) => ({ ...entry, version: this.cells.get(entry.id)?.version ?? 1 })));
      return { results, counts_rows: null, acts: { undo: null, redo: null } };
    });
}

export interface Page {
  store: BoxStore;
  saver: Saver;
  work: Work;
  states: SaveState[];
  refused: string[];
  stepped: StepAnswer[];
  kept: { text: string | null };
}

export function open(
  server: Server,
  kept: { text: string | null } = { text: null },
  seen = new Set<string>(),
): Page {
  const store = new BoxStore("Me");
  store.load([...server.cells.values()]);
  const states: SaveState[] = [];
  const refused: string[] = [];
  const stepped: StepAnswer[] = [];
  const saver = new Saver({
    store,
    send: server.send,
    sendMany: server.sendMany,
    sendStep: server.sendStep,
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
    onStepped: (_, answer) => stepped.push(answer),
    onStepRefused: (_, message) => refused.push(message),
  });
  let n = 0;
  const work = new Work({
    store,
    saver,
    canLabel: true,
    newKey: () => `key-${n++}-${Math.random()}`,
    newGroup: () => `group-${n++}`,
    now: () => Date.now(),
    isSeen: (id) => seen.has(id),
  });
  return { store, saver, work, states, refused, stepped, kept };
}

export const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);
export const offline = (): ApiError => new ApiError(0, "offline", "The server could not be reached.");
export const many = (n: number): CellData[] => Array.from({ length: n }, (_, at) => cellData(`c${at}`));
