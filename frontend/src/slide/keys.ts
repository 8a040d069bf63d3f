/** Keys of the slide page beside those that it shares with the gallery; no DOM. */

import type { Direction } from "../cells/geometry";
import { type Command, commandFor, type KeyPress } from "../cells/keymap";
import type { ClassInfo } from "../cells/types";

export type SlideCommand =
  | Command
  | { do: "add" }
  | { do: "remove" }
  | { do: "keep" }
  | { do: "drop" }
  | { do: "gallery" }
  | { do: "nudge"; direction: Direction; resize: boolean };

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/**
 * Return the command of a key press. While a new box is on the screen (`drafting`) the bare arrows are its; otherwise
 * boxes move with Alt or Ctrl, since the bare arrows go from cell to cell.
 */
export function slideCommandFor(
  press: KeyPress,
  classes: readonly ClassInfo[],
  drafting: boolean,
): SlideCommand | null {
  const arrow = ARROWS[press.key];
  const modified = press.altKey || press.ctrlKey || press.metaKey;
  if (arrow && (drafting || press.altKey || press.ctrlKey))
    return { do: "nudge", direction: arrow, resize: press.shiftKey };
  if (!modified && !press.shiftKey) {
    switch (press.key.length === 1 ? press.key.toLowerCase() : press.key) {
      case "a":
        return { do: "add" };
      case "g":
        return { do: "gallery" };
      case "Delete":
        return { do: "remove" };
      case "Enter":
        return { do: "keep" };
      case "Escape":
        return { do: "drop" };
    }
  }
  return commandFor(press, classes);
}
