/** From a key press to a command; no DOM. Class keys come from the class list. */

import type { Direction } from "./geometry";
import type { ClassInfo } from "./types";

export interface KeyPress {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

export type Command =
  | { do: "label"; to: string }
  | { do: "withdraw" }
  | { do: "confirm" }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "next" }
  | { do: "previous" }
  | { do: "move"; direction: Direction }
  | { do: "pan"; direction: Direction }
  | { do: "field"; step: 1 | -1 }
  | { do: "zoom"; step: 1 | -1 }
  | { do: "fit" }
  | { do: "hide" }
  | { do: "sign" }
  | { do: "help" };

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** The key in the spelling of the class list: the number pad counts as digits whatever NumLock says. */
export function spelling(press: KeyPress): string {
  const numpad = /^Numpad(\d)$/.exec(press.code);
  if (numpad?.[1] !== undefined) return numpad[1];
  return press.key.length === 1 ? press.key.toLowerCase() : press.key;
}

/** Return the command of a key press, or null when the page has no use for it. */
export function commandFor(press: KeyPress, classes: readonly ClassInfo[]): Command | null {
  const key = spelling(press);
  if ((press.ctrlKey || press.metaKey) && !press.altKey) {
    if (key === "z") return { do: press.shiftKey ? "redo" : "undo" };
    if (key === "y" && !press.shiftKey) return { do: "redo" };
    return null;
  }
  if (press.ctrlKey || press.metaKey || press.altKey) return null;

  const arrow = ARROWS[key];
  if (arrow) return { do: press.shiftKey ? "pan" : "move", direction: arrow };
  if (key === "?") return { do: "help" };
  if (key === "+" || key === "=") return { do: "zoom", step: 1 };
  if (key === "-") return { do: "zoom", step: -1 };
  if (press.shiftKey) return null;

  const named = classes.find((cls) => (cls.key.length === 1 ? cls.key.toLowerCase() : cls.key) === key);
  if (named) return { do: "label", to: named.name };
  switch (key) {
    case "0":
      return { do: "withdraw" };
    case " ":
      return { do: "confirm" };
    case "n":
      return { do: "next" };
    case "p":
      return { do: "previous" };
    case "h":
      return { do: "hide" };
    case "s":
      return { do: "sign" };
    case "f":
      return { do: "fit" };
    case "PageDown":
    case "]":
      return { do: "field", step: 1 };
    case "PageUp":
    case "[":
      return { do: "field", step: -1 };
    default:
      return null;
  }
}

/** Write a key as it stands on the keyboard. */
export function keyName(key: string): string {
  if (key === " ") return "Space";
  return key.length === 1 ? key.toUpperCase() : key;
}

/** In the list, the arrows follow the list instead of the image. */
export function alongList(command: Command): Command {
  if (command.do !== "move") return command;
  return { do: command.direction === "up" || command.direction === "left" ? "previous" : "next" };
}
