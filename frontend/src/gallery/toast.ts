/** A line about what was just done to many cells, with the way back; it leaves by itself. */

import { make } from "../shared/dom";

const STAYS_MS = 8_000;

export class Toast {
  readonly #host: HTMLElement;
  readonly #onUndo: () => void;
  #timer = 0;

  constructor(host: HTMLElement, onUndo: () => void) {
    this.#host = host;
    this.#onUndo = onUndo;
  }

  show(words: string): void {
    window.clearTimeout(this.#timer);
    const undo = make("button", { type: "button", class: "button" }, "Undo");
    undo.addEventListener("click", () => {
      this.hide();
      this.#onUndo();
    });
    this.#host.replaceChildren(make("span", {}, words), undo);
    this.#host.hidden = false;
    this.#timer = window.setTimeout(() => this.hide(), STAYS_MS);
  }

  hide(): void {
    window.clearTimeout(this.#timer);
    this.#host.hidden = true;
  }
}
