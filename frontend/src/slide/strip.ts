/** The strip of fields above the image, for slides of more than one field. */

import type { FieldInfo } from "../cells/types";
import { make, setText } from "../shared/dom";
import { counted } from "../shared/format";

interface Entry {
  button: HTMLButtonElement;
  count: HTMLElement;
  light: HTMLElement;
  done: HTMLElement;
}

export class FieldStrip {
  readonly #host: HTMLElement;
  readonly #buttons = new Map<string, Entry>();
  readonly #onOpen: (id: string) => void;

  constructor(host: HTMLElement, onOpen: (id: string) => void) {
    this.#host = host;
    this.#onOpen = onOpen;
  }

  /** Show these fields with the number of cells on each. */
  show(fields: readonly FieldInfo[], counts: ReadonlyMap<string, number>): void {
    this.#host.hidden = fields.length < 2;
    for (const field of fields) {
      const entry = this.#buttons.get(field.id) ?? this.#make(field);
      const n = counts.get(field.id) ?? 0;
      setText(entry.count, field.analysed ? String(n) : "…");
      const state = field.analysed ? counted(n, "cell", "cells") : "not analysed yet";
      const { quality } = field;
      entry.light.className = `light light--bare light--${quality?.light ?? "unknown"} strip__light`;
      entry.done.hidden = !field.complete;
      const more = [
        state,
        quality ? `quality: ${quality.word}` : "",
        field.complete ? "all cells boxed" : "",
      ];
      entry.button.setAttribute("aria-label", `Field ${field.position}, ${more.filter(Boolean).join(", ")}`);
      entry.button.title = quality ? `${field.title}: ${quality.reason}` : field.title;
    }
  }

  /** Mark the open field. */
  mark(id: string): void {
    for (const [field, { button }] of this.#buttons) {
      if (field !== id) {
        button.removeAttribute("aria-current");
        continue;
      }
      button.setAttribute("aria-current", "true");
      const left = button.offsetLeft - this.#host.offsetLeft;
      if (
        left < this.#host.scrollLeft ||
        left + button.offsetWidth > this.#host.scrollLeft + this.#host.clientWidth
      ) {
        this.#host.scrollLeft = left - this.#host.clientWidth / 2 + button.offsetWidth / 2;
      }
    }
  }

  #make(field: FieldInfo): Entry {
    const count = make("span", { class: "strip__count", "aria-hidden": "true" });
    const light = make("span", { class: "strip__light", "aria-hidden": "true" });
    const done = make("span", { class: "strip__done", "aria-hidden": "true", hidden: true }, "✓");
    const image = make("img", {
      src: field.thumbnail_url,
      alt: "",
      width: 72,
      height: 54,
      loading: "lazy",
      decoding: "async",
    });
    const button = make(
      "button",
      { type: "button", class: "strip__field", "data-field": field.id },
      image,
      light,
      done,
      count,
    );
    button.addEventListener("click", () => this.#onOpen(field.id));
    this.#host.append(button);
    const entry = { button, count, light, done };
    this.#buttons.set(field.id, entry);
    return entry;
  }
}
