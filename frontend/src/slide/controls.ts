/** The filter and the order of the list. */

import type { Names } from "../cells/labels";
import { type CountRow, UNIDENTIFIED } from "../cells/types";
import { make } from "../shared/dom";
import type { Filter, Sorting } from "./order";

export class ListControls {
  readonly #filter: HTMLSelectElement;
  readonly #sorting: HTMLSelectElement;

  constructor(filter: HTMLSelectElement, sorting: HTMLSelectElement, names: Names, onChange: () => void) {
    this.#filter = filter;
    this.#sorting = sorting;
    const options = [
      make("option", { value: "all" }, "All cells"),
      make("option", { value: "unreviewed" }, "Not reviewed"),
      make("option", { value: `class:${UNIDENTIFIED}` }, "Unidentified"),
      ...names.classes.map((cls) => make("option", { value: `class:${cls.name}` }, cls.title)),
    ];
    filter.replaceChildren(...options);
    filter.addEventListener("change", onChange);
    sorting.addEventListener("change", onChange);
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
