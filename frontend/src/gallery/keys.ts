/** From a key press to what the gallery does; no DOM. Class keys come from the class list. */

import { type KeyPress, spelling } from "../cells/keymap";
import type { ClassInfo } from "../cells/types";

export type Command =
  | { do: "label"; to: string }
  | { do: "withdraw" }
  | { do: "confirm" }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "step"; by: 1 | -1; extend: boolean }
  | { do: "row"; by: 1 | -1; extend: boolean }
  | { do: "page"; by: 1 | -1 }
  | { do: "end"; by: 1 | -1 }
  | { do: "unreviewed" }
  | { do: "all" }
  | { do: "collapse" }
  | { do: "pin" }
  | { do: "slide" }
  | { do: "hide" }
  | { do: "move" }
  | { do: "sign" }
  | { do: "help" };

/** Return the command of a key press, or null when the gallery has no use for it. */
export function commandFor(press: KeyPress, classes: readonly ClassInfo[]): Command | null {
  const key = spelling(press);
  if ((press.ctrlKey || press.metaKey) && !press.altKey) {
    if (key === "z") return { do: press.shiftKey ? "redo" : "undo" };
    if (key === "y" && !press.shiftKey) return { do: "redo" };
    if (key === "a" && !press.shiftKey) return { do: "all" };
    return null;
  }
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  const extend = press.shiftKey;
  switch (key) {
    case "ArrowLeft":
      return { do: "step", by: -1, extend };
    case "ArrowRight":
      return { do: "step", by: 1, extend };
    case "ArrowUp":
      return { do: "row", by: -1, extend };
    case "ArrowDown":
      return { do: "row", by: 1, extend };
    case "?":
      return { do: "help" };
    default:
      return extend ? null : plain(key, classes);
  }
}

function plain(key: string, classes: readonly ClassInfo[]): Command | null {
  const named = classes.find((cls) => (cls.key.length === 1 ? cls.key.toLowerCase() : cls.key) === key);
  if (named) return { do: "label", to: named.name };
  switch (key) {
    case "0":
      return { do: "withdraw" };
    case " ":
      return { do: "confirm" };
    case "n":
      return { do: "unreviewed" };
    case "c":
      return { do: "pin" };
    case "g":
      return { do: "slide" };
    case "h":
      return { do: "hide" };
    case "m":
      return { do: "move" };
    case "s":
      return { do: "sign" };
    case "Escape":
      return { do: "collapse" };
    case "PageUp":
      return { do: "page", by: -1 };
    case "PageDown":
      return { do: "page", by: 1 };
    case "Home":
      return { do: "end", by: -1 };
    case "End":
      return { do: "end", by: 1 };
    default:
      return null;
  }
}
