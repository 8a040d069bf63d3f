/** What the server refused, in its own words, on screen until the person has read it. */

import { make } from "../shared/dom";

export class Refusals {
  readonly #host: HTMLElement;
  readonly #shown = new Set<string>();

  /** `host` is an alert region, so that the words are read out as well. */
  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Show a sentence; one that stands there already is not shown twice. */
  show(words: string): void {
    if (this.#shown.has(words)) return;
    this.#shown.add(words);
    const close = make("button", { type: "button", class: "button" }, "Dismiss");
    const notice = make("div", { class: "notice notice--error conflict" }, make("p", {}, words), close);
    close.addEventListener("click", () => {
      this.#shown.delete(words);
      notice.remove();
      this.#host.hidden = this.#shown.size === 0;
    });
    this.#host.append(notice);
    this.#host.hidden = false;
  }
}
