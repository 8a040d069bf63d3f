/** The panel of the selected cell: its crop, what the model said, and a button for every class. */

import { make, makeSvg, need, setText } from "../shared/dom";
import { probability } from "../shared/format";
import { keyName } from "./keymap";
import { chip, describe, type Names } from "./labels";
import type { Cell } from "./store";
import { UNIDENTIFIED } from "./types";

export interface DetailOptions {
  host: HTMLElement;
  names: Names;
  canLabel: boolean;
  onLabel: (name: string) => void;
  onWithdraw: () => void;
  onConfirm: () => void;
}

interface ClassButton {
  button: HTMLButtonElement;
  value: HTMLElement;
  bar: SVGElement;
}

export class Detail {
  readonly #options: DetailOptions;
  readonly #buttons = new Map<string, ClassButton>();
  /** Where a page shows the cell larger by its own means there is none. */
  readonly #crop: HTMLImageElement | null;
  readonly #title: HTMLElement;
  readonly #state: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #body: HTMLElement;
  readonly #chip: HTMLElement;
  readonly #confirm: HTMLButtonElement;
  readonly #withdraw: HTMLButtonElement;

  constructor(options: DetailOptions) {
    this.#options = options;
    const { host } = options;
    this.#empty = need("[data-detail-empty]", HTMLElement, host);
    this.#body = need("[data-detail-body]", HTMLElement, host);
    this.#crop = host.querySelector<HTMLImageElement>("[data-detail-crop]");
    this.#title = need("[data-detail-title]", HTMLElement, host);
    this.#state = need("[data-detail-state]", HTMLElement, host);
    this.#chip = need("[data-detail-chip]", HTMLElement, host);
    this.#confirm = need("[data-confirm]", HTMLButtonElement, host);
    this.#withdraw = need("[data-withdraw]", HTMLButtonElement, host);
    this.#confirm.addEventListener("click", () => options.onConfirm());
    this.#withdraw.addEventListener("click", () => options.onWithdraw());
    const list = need("[data-class-buttons]", HTMLElement, host);
    for (const cls of options.names.classes) list.append(this.#makeButton(cls.name, cls.key));
  }

  show(cell: Cell | null): void {
    this.#empty.hidden = cell !== null;
    this.#body.hidden = cell === null;
    if (!cell) return;
    const { names, canLabel } = this.#options;
    if (this.#crop) {
      if (this.#crop.getAttribute("src") !== cell.cropUrl) this.#crop.src = cell.cropUrl;
      this.#crop.alt = describe(names, cell);
    }
    setText(this.#title, names.title(cell.shown));
    this.#chip.replaceChildren(chip(names, cell.shown, cell.label !== ""));
    setText(this.#state, this.#stateText(cell));
    for (const [name, { button, value, bar }] of this.#buttons) {
      const share = cell.probabilities[name];
      setText(value, share === undefined ? "" : probability(share));
      bar.setAttribute("width", String(share === undefined ? 0 : Math.round(100 * share)));
      button.setAttribute("aria-pressed", String(cell.label === name));
      button.toggleAttribute("data-shown", cell.shown === name);
      button.disabled = !canLabel;
    }
    this.#confirm.disabled = !canLabel || cell.label !== "" || cell.shown === UNIDENTIFIED;
    this.#withdraw.disabled = !canLabel || cell.label === "";
  }

  /** Show for a moment which class a key gave. */
  flash(name: string): void {
    const found = this.#buttons.get(name)?.button;
    if (!found) return;
    found.classList.remove("class-button--flash");
    void found.offsetWidth; // restarts the animation
    found.classList.add("class-button--flash");
  }

  #stateText(cell: Cell): string {
    const { names } = this.#options;
    const said = cell.suggested ? `${names.title(cell.suggested)} ${probability(cell.probability)}` : "";
    const by = cell.by === "" ? "a person" : cell.by;
    if (cell.label !== "") return said ? `Labelled by ${by}; suggested ${said}` : `Labelled by ${by}`;
    if (cell.shown === UNIDENTIFIED) return said ? `The model is not sure: ${said}` : "Not classified yet";
    return `Suggested, ${probability(cell.probability)}${cell.reviewState === "seen" ? ", seen" : ""}`;
  }

  #makeButton(name: string, key: string): HTMLButtonElement {
    const { names, onLabel } = this.#options;
    const value = make("span", { class: "class-button__p" });
    const bar = makeSvg("rect", { x: 0, y: 0, width: 0, height: 4, fill: "currentColor" });
    const track = makeSvg(
      "svg",
      {
        class: "class-button__bar",
        viewBox: "0 0 100 4",
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      bar,
    );
    const button = make(
      "button",
      { type: "button", class: "class-button", "aria-pressed": "false", "data-class": name },
      make("kbd", { "aria-hidden": "true" }, key === "Backspace" ? "⌫" : keyName(key)),
      chip(names, name, true),
      make("span", { class: "class-button__title" }, names.title(name)),
      value,
      track,
    );
    button.addEventListener("click", () => onLabel(name));
    this.#buttons.set(name, { button, value, bar });
    return button;
  }
}
