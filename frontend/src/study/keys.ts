/** From a key press to what it asks for on the reading page; no DOM. */

import { type KeyPress, spelling } from "../cells/keymap";
import type { Choice, Question } from "./types";

export type Command =
  | { do: "name"; answer: string }
  | { do: "rate"; realism: number }
  | { do: "confirm" }
  | { do: "pause" }
  | { do: "reason" }
  | { do: "back" }
  | { do: "keep" }
  | { do: "help" };

export const PAUSE_KEY = "Escape";
export const REASON_KEY = "r";

/** Return the command of a key press while a question is open; null when the page has no use for it. */
export function commandFor(
  press: KeyPress & { repeat: boolean },
  open: Question | null,
  choices: readonly Choice[],
): Command | null {
  // A key that is held down would answer the next question or the next image too.
  if (press.repeat || press.ctrlKey || press.metaKey || press.altKey) return null;
  const key = spelling(press);
  if (key === "?") return { do: "help" };
  if (key === PAUSE_KEY) return { do: "pause" };
  if (key === "ArrowLeft") return { do: "back" };
  if (key === "ArrowRight") return { do: "keep" };
  if (press.shiftKey) return null;
  if (key === "Enter" || key === " ") return { do: "confirm" };
  if (open === "class") {
    const found = choices.find(
      (choice) => (choice.key.length === 1 ? choice.key.toLowerCase() : choice.key) === key,
    );
    if (found) return { do: "name", answer: found.name };
  }
  if (open === "realism" && /^[1-6]$/.test(key)) return { do: "rate", realism: Number(key) };
  return key === REASON_KEY ? { do: "reason" } : null;
}
