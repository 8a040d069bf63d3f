/** The questions of one image in their order, and what was answered; no DOM. */

import type { Question } from "./types";

export interface Said {
  answer: string | null;
  realism: number | null;
}

export class Questions {
  readonly #asked: readonly Question[];
  readonly #confirm: boolean;
  #at = 0;
  #said: Said = { answer: null, realism: null };
  #chosen = false;
  #changes = 0;

  /** With `confirm` an answer stands only once it is confirmed, and may be chosen anew until then. */
  constructor(asked: readonly Question[], confirm: boolean) {
    this.#asked = asked;
    this.#confirm = confirm;
  }

  /** The question that waits for an answer; null when all are answered. */
  get open(): Question | null {
    return this.#asked[this.#at] ?? null;
  }

  get said(): Readonly<Said> {
    return this.#said;
  }

  /** Whether an answer is chosen that waits to be confirmed. */
  get toConfirm(): boolean {
    return this.#chosen;
  }

  /** How often a chosen answer was chosen anew. */
  get changes(): number {
    return this.#changes;
  }

  /** Answer the class question; false when it is not open (an answered question stays as it is). */
  name(answer: string): boolean {
    if (this.open !== "class") return false;
    return this.#choose({ ...this.#said, answer });
  }

  /** Answer on the six-point scale; false when that question is not open or there is no such point. */
  rate(realism: number): boolean {
    if (this.open !== "realism" || !Number.isInteger(realism) || realism < 1 || realism > 6) return false;
    return this.#choose({ ...this.#said, realism });
  }

  /** Let the chosen answer stand; false when none is chosen. */
  confirm(): boolean {
    if (!this.#chosen) return false;
    this.#chosen = false;
    this.#at += 1;
    return true;
  }

  #choose(said: Said): boolean {
    const another = said.answer !== this.#said.answer || said.realism !== this.#said.realism;
    if (this.#chosen && another) this.#changes += 1;
    this.#said = said;
    this.#chosen = true;
    if (!this.#confirm) this.confirm();
    return true;
  }
}
