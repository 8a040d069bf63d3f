/** The filter of list and image, and the order of the list. */

import type { Names } from "../cells/labels";
import type { Cell } from "../cells/store";
import { type CountRow, UNIDENTIFIED } from "../cells/types";
import { make, setText } from "../shared/dom";
import { probability } from "../shared/format";
import { type Filter, matches, type Sorting } from "./order";

export interface ControlHosts {
  filter: HTMLSelectElement;
  sorting: HTMLSelectElement;
  confidence: HTMLInputElement;
  confidenceWords: HTMLElement;
}

export class ListControls {
  readonly #filter: HTMLSelectElement;
  readonly #sorting: HTMLSelectElement;
  readonly #confidence: HTMLInputElement;

  constructor(hosts: ControlHosts, names: Names, onChange: () => void) {
    const { filter, sorting, confidence, confidenceWords } = hosts;
    this.#filter = filter;
    this.#sorting = sorting;
    this.#confidence = confidence;
    const options = [
      make("option", { value: "all" }, "All cells"),
      make("option", { value: "unreviewed" }, "Not reviewed"),
      make("option", { value: `class:${UNIDENTIFIED}` }, "Unidentified"),
      ...names.classes.map((cls) => make("option", { value: `class:${cls.name}` }, cls.title)),
    ];
    filter.replaceChildren(...options);
    filter.addEventListener("change", onChange);
    sorting.addEventListener("change", onChange);
    const say = (): void =>
      setText(confidenceWords, this.atMost < 1 ? `at most ${probability(this.atMost)}` : "any");
    confidence.addEventListener("input", () => {
      say();
      onChange();
    });
    say();
  }

  /** The surest suggestion that is shown. */
  get atMost(): number {
    return Number(this.#confidence.value);
  }

  /** True while some cells may be hidden. */
  get narrows(): boolean {
    return this.filter !== "all" || this.atMost < 1;
  }

  shows(cell: Cell): boolean {
    return matches(cell, this.filter, this.atMost);
  }

  /** Show everything, so that a cell that was asked for is among it. */
  clear(): void {
    this.#filter.value = "all";
    this.#confidence.value = "1";
    this.#confidence.dispatchEvent(new Event("input"));
  }

  get filter(): Filter {
    return this.#filter.value as Filter;
  }

  get sorting(): Sorting {
    return this.#sorting.value as Sorting;
  }

  /** Write the counts beside the classes. */
  showCounts(rows: readonly CountRow[], total: number, unreviewed: number): void {
    const counts = new Map(rows.map((row) => [`class:${row.class}`, row.n]));
    for (const option of this.#filter.options) {
      const base = option.dataset.title ?? option.text;
      option.dataset.title = base;
      const n =
        option.value === "all"
          ? total
          : option.value === "unreviewed"
            ? unreviewed
            : (counts.get(option.value) ?? 0);
      option.text = `${base} (${n})`;
    }
  }
}
