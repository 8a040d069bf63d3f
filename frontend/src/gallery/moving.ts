/** "Move to...": the way to another class without dragging and without knowing its key. */

import { keyName } from "../cells/keymap";
import { chip, type Names } from "../cells/labels";
import { make, need, setText } from "../shared/dom";
import { counted } from "../shared/format";

export interface MoveMenuOptions {
  dialog: HTMLDialogElement;
  names: Names;
  onMove: (to: string) => void;
  onWithdraw: () => void;
}

export class MoveMenu {
  readonly #options: MoveMenuOptions;

  constructor(options: MoveMenuOptions) {
    this.#options = options;
    const { dialog, names } = options;
    const list = need("[data-move-classes]", HTMLElement, dialog);
    for (const cls of names.classes)
      list.append(this.#button(cls.title, cls.key, cls.name, () => options.onMove(cls.name)));
    list.append(this.#button("No label (withdraw mine)", "0", "", () => options.onWithdraw()));
    dialog.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const button = [...list.querySelectorAll<HTMLButtonElement>("button")].find(
        (candidate) => candidate.dataset.key === key,
      );
      if (!button) return;
      event.preventDefault();
      button.click();
    });
  }

  open(cells: number): void {
    const { dialog } = this.#options;
    setText(need("[data-move-title]", HTMLElement, dialog), `Move ${counted(cells, "cell", "cells")} to`);
    dialog.showModal();
    dialog.querySelector<HTMLButtonElement>("[data-move-classes] button")?.focus();
  }

  #button(title: string, key: string, name: string, act: () => void): HTMLElement {
    const pressed = key.length === 1 ? key.toLowerCase() : key;
    const button = make(
      "button",
      { type: "button", class: "move__class", "data-key": pressed },
      make("kbd", { "aria-hidden": "true" }, key === "Backspace" ? "⌫" : keyName(key)),
      name === ""
        ? make("span", { class: "chip", "aria-hidden": "true" }, "–")
        : chip(this.#options.names, name, true),
      title,
    );
    button.addEventListener("click", () => {
      this.#options.dialog.close();
      act();
    });
    return button;
  }
}
