/** How classes and cells are named in words, letters and chips. */

import { make } from "../shared/dom";
import { probability } from "../shared/format";
import { inkOn } from "./geometry";
import type { Cell } from "./store";
import { type ClassInfo, UNIDENTIFIED } from "./types";

/** The names of a class list. */
export class Names {
  readonly #byName: ReadonlyMap<string, ClassInfo>;

  constructor(readonly classes: readonly ClassInfo[]) {
    this.#byName = new Map(classes.map((cls) => [cls.name, cls]));
  }

  get(name: string): ClassInfo | undefined {
    return this.#byName.get(name);
  }

  title(name: string): string {
    if (name === UNIDENTIFIED || name === "") return "Unidentified";
    return this.#byName.get(name)?.title ?? name;
  }

  letter(name: string): string {
    return this.#byName.get(name)?.letter ?? "?";
  }
}

/** Draw the letter of a class on its colour: filled when a person said so, underlined when only suggested. */
export function chip(names: Names, name: string, own: boolean): HTMLElement {
  const cls = names.get(name);
  const element = make(
    "span",
    { class: own ? "chip chip--own" : "chip", "aria-hidden": "true" },
    names.letter(name),
  );
  if (!cls) {
    element.classList.add("chip--unidentified");
    return element;
  }
  element.style.setProperty("--class-colour", cls.colour);
  element.style.setProperty("--class-ink", inkOn(cls.colour));
  return element;
}

/** Say in one sentence what is known of a cell, for the list and for screen readers. */
export function describe(names: Names, cell: Cell): string {
  const suggestion = cell.suggested
    ? `suggested ${names.title(cell.suggested)}, probability ${probability(cell.probability)}`
    : "no suggestion";
  if (cell.label !== "") return `${names.title(cell.label)}, labelled; ${suggestion}`;
  if (cell.shown === UNIDENTIFIED) return `Unidentified; ${suggestion}`;
  return `${names.title(cell.shown)}, suggested, probability ${probability(cell.probability)}, not reviewed`;
}
