/** A cell at twice its size beside the pointer, after it has rested there for a moment. */

import type { Cell } from "../cells/store";
import { make } from "../shared/dom";
import type { Scales } from "./scale";

const REST_MS = 150;
const TIMES = 2;
const MARGIN = 12;

export interface MagnifierOptions {
  host: HTMLElement;
  scales: Scales;
  get: (id: string) => Cell | undefined;
}

export class Magnifier {
  readonly #options: MagnifierOptions;
  readonly #image = make("img", { alt: "", decoding: "async" });
  readonly #element: HTMLElement;
  #timer = 0;
  #over: string | null = null;

  constructor(options: MagnifierOptions) {
    this.#options = options;
    this.#element = make("div", { class: "magnifier", "aria-hidden": "true", hidden: true }, this.#image);
    document.body.append(this.#element);
    const { host } = options;
    host.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.#entered(event.target);
    });
    host.addEventListener("pointerleave", () => this.hide());
    host.addEventListener("pointerdown", () => this.hide());
    host.addEventListener("scroll", () => this.hide(), { passive: true });
    window.addEventListener("keydown", () => this.hide());
  }

  hide(): void {
    window.clearTimeout(this.#timer);
    this.#over = null;
    this.#element.hidden = true;
  }

  #entered(target: EventTarget | null): void {
    const tile = target instanceof Element ? target.closest<HTMLElement>("[data-cell]") : null;
    const picture = target instanceof Element && target.closest(".tile__picture") ? tile : null;
    const id = picture?.dataset.cell ?? null;
    if (id === this.#over) return;
    this.hide();
    if (id === null || picture === null) return;
    this.#over = id;
    this.#timer = window.setTimeout(() => this.#show(id, picture), REST_MS);
  }

  #show(id: string, tile: HTMLElement): void {
    const cell = this.#options.get(id);
    if (!cell || !tile.isConnected) return;
    const box = tile.getBoundingClientRect();
    const side = Math.round(TIMES * box.width);
    const picture = this.#options.scales.picture(cell, side);
    if (picture.part === null) return;
    this.#image.src = picture.url;
    this.#element.style.width = `${side}px`;
    this.#element.style.height = `${side}px`;
    const right = box.right + MARGIN;
    const left = right + side <= window.innerWidth ? right : box.left - MARGIN - side;
    const top = Math.min(
      Math.max(MARGIN, box.top + box.width / 2 - side / 2),
      window.innerHeight - side - MARGIN,
    );
    this.#element.style.left = `${Math.max(MARGIN, left)}px`;
    this.#element.style.top = `${Math.max(MARGIN, top)}px`;
    this.#element.hidden = false;
  }
}
