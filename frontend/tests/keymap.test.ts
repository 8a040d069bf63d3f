import { describe, expect, it } from "vitest";
import { alongList, commandFor, type KeyPress, keyName } from "../src/cells/keymap";
import { CLASSES } from "./helpers";

function press(key: string, change: Partial<KeyPress> = {}): KeyPress {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...change };
}

describe("keys", () => {
  it("give the classes of the list", () => {
    expect(commandFor(press("1"), CLASSES)).toEqual({ do: "label", to: "neutrophil" });
    expect(commandFor(press("x"), CLASSES)).toEqual({ do: "label", to: "not-classed" });
    expect(commandFor(press("X"), CLASSES)).toEqual({ do: "label", to: "not-classed" });
    expect(commandFor(press("Backspace"), CLASSES)).toEqual({ do: "label", to: "not-a-cell" });
  });

  it("leave alone what the list does not name", () => {
    expect(commandFor(press("5"), CLASSES)).toBeNull();
    expect(commandFor(press("Tab"), CLASSES)).toBeNull();
    expect(commandFor(press("Enter"), CLASSES)).toBeNull();
  });

  it("know the number pad with and without NumLock", () => {
    expect(commandFor(press("2", { code: "Numpad2" }), CLASSES)).toEqual({ do: "label", to: "lymphocyte" });
    expect(commandFor(press("ArrowDown", { code: "Numpad2" }), CLASSES)).toEqual({
      do: "label",
      to: "lymphocyte",
    });
    expect(commandFor(press("Insert", { code: "Numpad0" }), CLASSES)).toEqual({ do: "withdraw" });
  });

  it("undo and redo, and leave the browser's own chords alone", () => {
    expect(commandFor(press("z", { ctrlKey: true }), CLASSES)).toEqual({ do: "undo" });
    expect(commandFor(press("Z", { ctrlKey: true, shiftKey: true }), CLASSES)).toEqual({ do: "redo" });
    expect(commandFor(press("z", { metaKey: true }), CLASSES)).toEqual({ do: "undo" });
    expect(commandFor(press("1", { ctrlKey: true }), CLASSES)).toBeNull();
    expect(commandFor(press("ArrowLeft", { altKey: true }), CLASSES)).toBeNull();
    expect(commandFor(press("r", { ctrlKey: true }), CLASSES)).toBeNull();
  });

  it("move, pan, zoom and help", () => {
    expect(commandFor(press("ArrowLeft"), CLASSES)).toEqual({ do: "move", direction: "left" });
    expect(commandFor(press("ArrowLeft", { shiftKey: true }), CLASSES)).toEqual({
      do: "pan",
      direction: "left",
    });
    expect(commandFor(press("+", { shiftKey: true }), CLASSES)).toEqual({ do: "zoom", step: 1 });
    expect(commandFor(press("?", { shiftKey: true }), CLASSES)).toEqual({ do: "help" });
    expect(commandFor(press(" "), CLASSES)).toEqual({ do: "confirm" });
    expect(commandFor(press("h"), CLASSES)).toEqual({ do: "hide" });
  });

  it("follow the list while it has the focus", () => {
    expect(alongList({ do: "move", direction: "down" })).toEqual({ do: "next" });
    expect(alongList({ do: "move", direction: "up" })).toEqual({ do: "previous" });
    expect(alongList({ do: "help" })).toEqual({ do: "help" });
  });

  it("are written as on the keyboard", () => {
    expect(keyName("x")).toBe("X");
    expect(keyName(" ")).toBe("Space");
    expect(keyName("Backspace")).toBe("Backspace");
  });
});
