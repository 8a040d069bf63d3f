/** Undo and redo on the slide page: the buttons, and the server's word in a sentence. */

import type { Step } from "../cells/saver";
import type { Session } from "../cells/session";
import type { StepAnswer } from "../cells/types";
import { need } from "../shared/dom";
import { counted } from "../shared/format";

/** Offer undo and redo as far as there is something, and say what it is. */
export function showSteps(root: HTMLElement, session: Session, canLabel: boolean): void {
  for (const [step, can] of [
    ["undo", session.canUndo],
    ["redo", session.canRedo],
  ] as const) {
    const button = need(`[data-${step}]`, HTMLButtonElement, root);
    button.disabled = !can || !canLabel;
    const what = session.acts?.[step]?.what;
    button.title = what ? `${step === "undo" ? "Undo" : "Redo"}: ${what}` : "";
  }
}

/** Say what undo or redo did when that needs saying: nothing at all, or cells that somebody else changed since. */
export function stepWords(step: Step, answer: StepAnswer): { words: string; important: boolean } | null {
  const word = step.step === "undo" ? "undone" : "done again";
  if (answer.results.length === 0)
    return { words: `There is nothing that could be ${word}.`, important: false };
  const done = answer.results.filter((result) => result.status === "applied").length;
  const left = answer.results.length - done;
  if (left === 0) return null;
  const words = `${counted(left, "cell was", "cells were")} changed since and not ${word}; ${counted(done, "cell was", "cells were")}.`;
  return { words, important: true };
}
