/** Filters, order, size and settings of the gallery. */

import type { Names } from "../cells/labels";
import { type CountRow, UNIDENTIFIED } from "../cells/types";
import { make, need } from "../shared/dom";
import type { ServerOrder } from "./document";
import type { Filters, Order } from "./ordering";
import type { Prefs } from "./prefs";
import type { TileSize } from "./rows";

export interface ToolbarOptions {
  root: HTMLElement;
  names: Names;
  orders: readonly ServerOrder[];
  prefs: Prefs;
  blind: boolean;
  onFilters: (filters: Filters) => void;
  onPrefs: (prefs: Prefs) => void;
}

export class Toolbar {
  readonly #options: ToolbarOptions;
  readonly #cls: HTMLSelectElement;
  readonly #confidence: HTMLSelectElement;
  readonly #state: HTMLSelectElement;
  readonly #order: HTMLSelectElement;
  readonly #advance: HTMLInputElement;
  #prefs: Prefs;

  constructor(options: ToolbarOptions) {
    this.#options = options;
    this.#prefs = options.prefs;
    const { root } = options;
    this.#cls = need("[data-filter-class]", HTMLSelectElement, root);
    this.#confidence = need("[data-filter-confidence]", HTMLSelectElement, root);
    this.#state = need("[data-filter-state]", HTMLSelectElement, root);
    this.#order = need("[data-order]", HTMLSelectElement, root);
    this.#advance = need("[data-advance]", HTMLInputElement, root);
    this.#fill();
    for (const select of [this.#cls, this.#confidence, this.#state])
      select.addEventListener("change", () => options.onFilters(this.filters));
    this.#order.addEventListener("change", () => this.#change({ order: this.#order.value as Order }));
    this.#advance.addEventListener("change", () => this.#change({ advance: this.#advance.checked }));
    for (const button of this.#sizes())
      button.addEventListener("click", () => this.#change({ size: button.dataset.size as TileSize }));
  }

  get filters(): Filters {
    return {
      cls: this.#cls.value,
      confidence: this.#confidence.value as Filters["confidence"],
      state: this.#state.value as Filters["state"],
    };
  }

  get prefs(): Prefs {
    return this.#prefs;
  }

  /** Show everything again. */
  clear(): void {
    this.#cls.value = "";
    this.#confidence.value = "all";
    this.#state.value = "all";
  }

  /** Go back to an order that can be had. */
  setOrder(order: Order): void {
    this.#prefs = { ...this.#prefs, order };
    this.#order.value = order;
  }

  /** Write the counts beside the classes. */
  showCounts(rows: readonly CountRow[], total: number): void {
    const counts = new Map(rows.map((row) => [row.class, row.n]));
    for (const option of this.#cls.options) {
      const n = option.value === "" ? total : (counts.get(option.value) ?? 0);
      option.text = `${option.dataset.title ?? ""} (${n})`;
    }
  }

  #fill(): void {
    const { names, orders, blind } = this.#options;
    const unidentified = blind ? "Not yet labelled" : "Unidentified";
    const classes: [string, string][] = [
      ["", "All classes"],
      [UNIDENTIFIED, unidentified],
      ...names.classes.map((cls): [string, string] => [cls.name, cls.title]),
    ];
    this.#cls.replaceChildren(
      ...classes.map(([value, title]) => make("option", { value, "data-title": title }, title)),
    );
    for (const { name, title, why_not } of orders) {
      const words = why_not === "" ? title : `${title} (not available)`;
      const option = make(
        "option",
        { value: `server:${name}`, disabled: why_not !== "", title: why_not },
        words,
      );
      this.#order.append(option);
    }
    const reason = orders.find((order) => order.why_not !== "")?.why_not ?? "";
    const note = need("[data-order-why]", HTMLElement, this.#options.root);
    note.textContent = reason;
    note.hidden = reason === "";
    this.#order.value = this.#prefs.order;
    this.#advance.checked = this.#prefs.advance;
    this.#markSize();
  }

  #sizes(): HTMLButtonElement[] {
    return [...this.#options.root.querySelectorAll<HTMLButtonElement>("[data-size]:is(button)")];
  }

  #markSize(): void {
    for (const button of this.#sizes())
      button.setAttribute("aria-pressed", String(button.dataset.size === this.#prefs.size));
  }

  #change(change: Partial<Prefs>): void {
    this.#prefs = { ...this.#prefs, ...change };
    this.#markSize();
    this.#options.onPrefs(this.#prefs);
  }
}
