/** The answers as buttons, in an order that never changes, each with its key. */

import { keyName } from "../cells/keymap";
import { make, setText } from "../shared/dom";
import type { Choice, Question } from "./types";

/** The six points, from surely real to surely synthetic; there is no middle. */
export const SCALE = [
  "Surely real",
  "Probably real",
  "Rather real",
  "Rather synthetic",
  "Probably synthetic",
  "Surely synthetic",
] as const;

function button(key: string, title: string, onPress: () => void): HTMLButtonElement {
  const made = make(
    "button",
    { type: "button", class: "answer", "aria-pressed": "false" },
    make("kbd", { "aria-hidden": "true" }, keyName(key)),
    make("span", { class: "answer__title" }, title),
  );
  made.addEventListener("click", onPress);
  return made;
}

export class Buttons {
  readonly #hosts: Readonly<Record<Question, HTMLElement>>;
  readonly #classes = new Map<string, HTMLButtonElement>();
  readonly #points: HTMLButtonElement[] = [];
  #rate: (realism: number) => void = () => undefined;

  constructor(hosts: Readonly<Record<Question, HTMLElement>>) {
    this.#hosts = hosts;
  }

  /** Draw the buttons of the classes; those of realism come where that is asked, and nowhere else. */
  draw(
    choices: readonly Choice[],
    on: { name: (answer: string) => void; rate: (realism: number) => void },
  ): void {
    this.#rate = on.rate;
    for (const choice of choices)
      this.#classes.set(
        choice.name,
        button(choice.key, choice.title, () => on.name(choice.name)),
      );
    this.#hosts.class.append(...this.#classes.values());
  }

  #drawScale(): void {
    if (this.#points.length > 0) return;
    SCALE.forEach((title, at) => {
      this.#points.push(button(String(at + 1), title, () => this.#rate(at + 1)));
    });
    this.#hosts.realism.append(...this.#points);
    const legend = this.#hosts.realism.closest("fieldset")?.querySelector("legend");
    if (legend) setText(legend, "Is this image real or synthetic?");
  }

  /** Show what is asked and what is chosen; `open` null closes all (between two images). */
  show(
    asked: readonly Question[],
    open: Question | null,
    said: Readonly<{ answer: string | null; realism: number | null }>,
  ): void {
    // Drawn before its time where it comes at all, unseen: nothing moves when it appears.
    if (asked.includes("realism")) this.#drawScale();
    for (const [name, made] of this.#classes) {
      made.setAttribute("aria-pressed", String(said.answer === name));
      made.setAttribute("aria-disabled", String(open !== "class"));
    }
    this.#points.forEach((made, at) => {
      made.setAttribute("aria-pressed", String(said.realism === at + 1));
      made.setAttribute("aria-disabled", String(open !== "realism"));
    });
    for (const question of ["class", "realism"] as const) {
      const set = this.#hosts[question].closest<HTMLElement>("[data-question]");
      if (!set) continue;
      // A question that comes later keeps its place, and says nothing before its time.
      set.hidden = !asked.includes(question);
      set.toggleAttribute("data-waits", question === "realism" && open === "class");
    }
  }
}
