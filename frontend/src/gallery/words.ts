/** Sentences of the gallery. No DOM. */

import type { SaveState } from "../cells/saver";
import { counted } from "../shared/format";

/** Say what undo or redo did, to how many cells, and how many others had changed. */
export function steppedWords(step: "undo" | "redo", done: number, others: number): string {
  if (done + others === 0) return `There is nothing to ${step}.`;
  const what = step === "undo" ? "Undone" : "Done again";
  const left = others > 0 ? ` ${counted(others, "cell", "cells")} changed since stay as they are.` : "";
  return `${what} for ${counted(done, "cell", "cells")}.${left}`;
}

/** Say what is safe while the server cannot be reached; "" while nothing is late. */
export function offlineWords(state: SaveState): string {
  if (state.late === 0) return "";
  const kept = counted(state.waiting, "act is", "acts are");
  return `${state.reason} Your work goes on: ${kept} kept in this browser and sent when the server answers.`.trim();
}
