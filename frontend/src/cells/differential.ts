/** The differential beside the image: one row a class, with count, per cent and a bar. */

import { make, makeSvg, setText } from "../shared/dom";
import { percent } from "../shared/format";
import { chip, type Names } from "./labels";
import type { CountRow } from "./types";

interface Row {
  element: HTMLTableRowElement;
  n: HTMLElement;
  percent: HTMLElement;
  bar: SVGElement;
}

export class Differential {
  readonly #body: HTMLTableSectionElement;
  readonly #names: Names;
  readonly #rows = new Map<string, Row>();

  constructor(body: HTMLTableSectionElement, names: Names) {
    this.#body = body;
    this.#names = names;
  }

  /** Show the rows; classes outside the model's list stay away until they are used. */
  show(rows: readonly CountRow[]): void {
    const shown = rows.filter((row) => row.n > 0 || !this.#names.get(row.class)?.human_only);
    const most = Math.max(1, ...shown.map((row) => row.n));
    const kept = new Set(shown.map((row) => row.class));
    for (const [name, row] of this.#rows) {
      if (kept.has(name)) continue;
      row.element.remove();
      this.#rows.delete(name);
    }
    let before: Element | null = this.#body.firstElementChild;
    for (const data of shown) {
      const row = this.#rows.get(data.class) ?? this.#make(data);
      setText(row.n, String(data.n));
      setText(
        row.percent,
        data.role === "nrbc" && data.percent !== null
          ? `${data.percent.toFixed(1)} /100`
          : percent(data.percent),
      );
      row.bar.setAttribute("width", String((100 * data.n) / most));
      row.element.toggleAttribute("data-none", data.n === 0);
      if (row.element === before) before = before.nextElementSibling;
      else this.#body.insertBefore(row.element, before);
    }
  }

  #make(data: CountRow): Row {
    const n = make("td", { class: "number" });
    const share = make("td", { class: "number" });
    const bar = makeSvg("rect", { x: 0, y: 0, width: 0, height: 6, fill: data.colour, class: "count-bar" });
    const track = makeSvg(
      "svg",
      { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      bar,
    );
    const name = make(
      "th",
      { scope: "row" },
      make("span", { class: "count-name" }, chip(this.#names, data.class, true), data.title),
    );
    const element = make("tr", { "data-class": data.class }, name, n, share);
    const cell = make("td", { class: "count-track" });
    cell.append(track);
    element.append(cell);
    const row = { element, n, percent: share, bar };
    this.#rows.set(data.class, row);
    return row;
  }
}
