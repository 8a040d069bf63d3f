/** What the server refused, in its own words, on screen until the person has read it. */

import { make } from "../shared/dom";

/** A button beside a sentence. */
export interface Choice {
  label: string;
  run: () => void;
}

export class Refusals {
  readonly #host: HTMLElement;
  readonly #shown = new Set<string>();

  /** `host` is an alert region, so that the words are read out as well. */
  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Show a sentence, with what can be done about it; one that stands there already is not shown twice. */
  show(words: string, choices: readonly Choice[] = []): void {
    if (this.#shown.has(words)) return;
    this.#shown.add(words);
    const notice = make("div", { class: "notice notice--error conflict" }, make("p", {}, words));
    for (const { label, run } of [...choices, { label: "Dismiss", run: () => undefined }]) {
      const button = make("button", { type: "button", class: "button" }, label);
      button.addEventListener("click", () => {
        this.#shown.delete(words);
        notice.remove();
        this.#host.hidden = this.#shown.size === 0;
        run();
      });
      notice.append(button);
    }
    this.#host.append(notice);
    this.#host.hidden = false;
  }
}
