/** What stands in the place of the image when none is shown: before the start, at a break, in a pause, at the end. */

import { need, setText } from "../shared/dom";
import { counted } from "../shared/format";
import type { ReadingDocument } from "./types";

export interface Words {
  title: string;
  text: string;
  /** What the button says; none: there is nothing to go on with. */
  go?: string;
}

/** Return the words before the first image of a visit or of a part. */
export function beginWords(document: ReadingDocument): Words {
  const { next, answered, total } = document;
  if (next?.part === "practice")
    return {
      title: "Practice",
      text: `${counted(total - answered, "image", "images")} to find your way about the keys. These answers do not count, and nothing tells whether an answer is right.`,
      go: "Start practice",
    };
  if (answered === 0)
    return {
      title: "The reading begins",
      text: `${counted(total, "image", "images")}, one after the other. There is no time limit. You can pause at any image and go on another day, on this or another machine.`,
      go: "Start reading",
    };
  return {
    title: "The reading goes on",
    text: `${answered} of ${total} images are answered and saved.`,
    go: `Go on with image ${next?.position ?? answered + 1}`,
  };
}

/** Return the words of a break. */
export function breakWords({ answered, total }: ReadingDocument): Words {
  return {
    title: "A moment for your eyes",
    text: `${answered} of ${total} images are answered and saved. Look away from the screen for a while, or go on.`,
    go: "Go on",
  };
}

export const PAUSED: Words = {
  title: "Paused",
  text: "Everything that you have answered is saved. You can go on now, or leave this page and go on another day.",
  go: "Go on",
};

export const ELSEWHERE: Words = {
  title: "The reading is open in another window",
  text: "It goes on there. Everything that you have answered is saved.",
  go: "Go on here",
};

export const TOO_SMALL: Words = {
  title: "This screen is too small",
  text: "The images are to be judged at the same size by everybody. Open this page on a computer or a tablet; what you have answered is saved.",
};

export class Panel {
  readonly #root: HTMLElement;
  readonly #button: HTMLButtonElement;
  #go: (() => void) | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#button = need("[data-panel-go]", HTMLButtonElement, root);
    this.#button.addEventListener("click", () => this.#go?.());
  }

  get open(): boolean {
    return !this.#root.hidden;
  }

  /** Show words; resolves when the person goes on (never, where there is nothing to go on with). */
  show({ title, text, go }: Words): Promise<void> {
    setText(need("[data-panel-title]", HTMLElement, this.#root), title);
    setText(need("[data-panel-text]", HTMLElement, this.#root), text);
    this.#button.hidden = go === undefined;
    setText(this.#button, go ?? "");
    this.#root.hidden = false;
    (go === undefined ? this.#root : this.#button).focus({ preventScroll: true });
    return new Promise((resolve) => {
      this.#go = () => {
        this.#go = undefined;
        this.#root.hidden = true;
        resolve();
      };
    });
  }
}
