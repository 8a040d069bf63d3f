/** The head of a lane: letter, count, per cent with its interval, how many wait, and "confirm the rest". */

import { chip, type Names } from "../cells/labels";
import { type CountRow, UNIDENTIFIED } from "../cells/types";
import { make, setText } from "../shared/dom";
import { percent } from "../shared/format";
import type { LaneCheck } from "./work";

/** Write the per cent of a count with its interval: "60.5 % (53.4-67.3)", or per 100 leukocytes. */
export function shareWords(row: CountRow | undefined): string {
  if (!row || row.percent === null) return "";
  if (row.role === "nrbc") return `${row.percent.toFixed(1)} per 100 leukocytes`;
  if (row.n === 0) return percent(row.percent);
  const { low, high } = row;
  const interval =
    low === null || low === undefined || high === null || high === undefined
      ? ""
      : ` (${low.toFixed(1)}\u2013${high.toFixed(1)})`;
  return `${percent(row.percent)}${interval}`;
}

export interface LaneHeadOptions {
  names: Names;
  canLabel: boolean;
  blind: boolean;
  onConfirm: (lane: string) => void;
}

export class LaneHead {
  readonly element: HTMLElement;
  readonly #count = make("span", { class: "lane__count number" });
  readonly #share = make("span", { class: "lane__share" });
  readonly #waiting = make("span", { class: "lane__waiting muted" });
  readonly #confirm: HTMLButtonElement;
  readonly #why: HTMLElement;
  readonly #name: string;
  readonly #offered: boolean;

  constructor(name: string, id: string, options: LaneHeadOptions) {
    this.#name = name;
    const { names, blind, canLabel, onConfirm } = options;
    const title = name === UNIDENTIFIED && blind ? "Not yet labelled" : names.title(name);
    this.#why = make("span", { class: "lane__why muted small", id: `${id}-why` });
    this.#confirm = make(
      "button",
      { type: "button", class: "button lane__confirm", "aria-describedby": `${id}-why` },
      "Confirm the rest",
      make("span", { class: "visually-hidden" }, ` of ${title}`),
    );
    this.#confirm.addEventListener("click", () => onConfirm(this.#name));
    this.element = make(
      "header",
      { class: "lane__head" },
      chip(names, name, true),
      make("h2", { class: "lane__title", id }, title),
      this.#count,
      this.#share,
      this.#waiting,
      make("span", { class: "lane__end" }, this.#why, this.#confirm),
    );
    this.#offered = canLabel && name !== UNIDENTIFIED;
  }

  /** Show the count; `shown` cells lie in the lane, fewer than `row.n` while a filter is on. */
  show(row: CountRow | undefined, shown: number, check: LaneCheck): void {
    const n = row?.n ?? 0;
    setText(this.#count, shown < n ? `${shown} of ${n}` : String(n));
    setText(this.#share, shareWords(row));
    const waiting = check.rest.length;
    setText(this.#waiting, n === 0 ? "" : waiting === 0 ? "all reviewed" : `${waiting} to review`);
    const nothing = waiting === 0;
    this.#confirm.hidden = !this.#offered || nothing;
    this.#confirm.disabled = check.why !== "";
    this.element.toggleAttribute("data-done", nothing);
    setText(this.#why, this.#confirm.hidden ? "" : check.why);
  }
}
