/** What a saver needs of its page, and what it tells. */

import type { Act, Step } from "./outbox";
import type { BoxStore } from "./store";
import type {
  ActAnswer,
  Box,
  CellData,
  CellThere,
  LabelAnswer,
  LabelListAnswer,
  LabelResult,
  StepAnswer,
} from "./types";

export interface Conflict {
  cell: string;
  yours: string | null;
  current: string;
  version: number;
  by: string;
  /** What the person did when it was about the box; `theirs` is where the box stands now. */
  about?: "box" | "remove";
  mine?: Box;
  theirs?: Box;
}

/** A cell that a person boxed, with all that was done to it before the server's word. */
export interface Wanted {
  field: string;
  box: Box;
  to: string | null;
}

/** Return what a chain of acts that begins with a new box would have made; null when the person removed it again. */
export function wantedBy(acts: readonly Act[]): Wanted | null {
  const add = acts.find((act) => act.kind === "add");
  if (!add?.field || !add.box || acts.some((act) => act.kind === "remove")) return null;
  const wanted: Wanted = { field: add.field, box: add.box, to: add.to };
  for (const act of acts) {
    if (act.kind === "box" && act.box) wanted.box = act.box;
    if (act.kind === "label") wanted.to = act.to;
  }
  return wanted;
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

/** What the server said besides the cells themselves. */
export type Answer = Partial<Pick<LabelAnswer, "cell">> & Pick<LabelListAnswer, "counts_rows" | "acts">;

export interface SaverOptions {
  store: BoxStore;
  send: (act: Act & { version: number }) => Promise<ActAnswer>;
  /** Send the acts of a bulk move; without it each is sent alone. */
  sendMany?: (acts: readonly (Act & { version: number })[]) => Promise<LabelListAnswer>;
  sendStep?: (step: Step) => Promise<StepAnswer>;
  keeper: Keeper;
  onState: (state: SaveState) => void;
  onAnswer: (answer: Answer) => void;
  /** A cell that the person boxed has got its name from the server. */
  onNamed?: (draft: string, id: string) => void;
  /** The same for a bulk move. */
  onMany?: (answer: Answer) => void;
  /** What undo or redo did. */
  onStepped?: (step: Step, answer: StepAnswer) => void;
  onRefused: (act: Act, message: string) => void;
  /** Where the person boxed a cell, one stands already; `wanted` is what was to be made, with its latest class. */
  onThere?: (wanted: Wanted, there: CellThere) => void;
  onStepRefused?: (step: Step, message: string) => void;
}

/** Return the cell as it is after an act of a list; null when the act was refused. */
export function dataAfter(act: Act, result: LabelResult, store: BoxStore): CellData | null {
  if (result.status !== 200) return null;
  if (result.cell_data) return result.cell_data;
  const before = store.data(act.cell);
  if (!before) return null;
  const state = result.review_state ?? (act.to === null ? "seen" : "labelled");
  return {
    ...before,
    class: result.class ?? act.to ?? "",
    review_state: state,
    version: result.version ?? before.version + 1,
    by: state === "labelled" ? store.me : "",
  };
}
