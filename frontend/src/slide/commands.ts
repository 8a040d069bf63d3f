/** What the keys and buttons of the slide page do. */

import { alongList } from "../cells/keymap";
import type { Session } from "../cells/session";
import type { ClassInfo } from "../cells/types";
import { inside, isTyping, need } from "../shared/dom";
import type { BoxEditor } from "./editor";
import { type SlideCommand, slideCommandFor } from "./keys";
import type { FieldViewer } from "./viewer";

export interface CommandOptions {
  root: HTMLElement;
  classes: readonly ClassInfo[];
  session: Session;
  viewer: FieldViewer;
  editor: BoxEditor;
  canLabel: boolean;
  say: (words: string) => void;
  flash: (name: string) => void;
  onField: (step: 1 | -1) => void;
  onGallery: () => void;
  onSign: () => void;
}

const READ_ONLY = "Your role in this project is to look on: nothing can be changed.";

export class Commands {
  readonly #options: CommandOptions;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  bind(): void {
    const { root, classes, editor } = this.#options;
    need("[data-work]", HTMLElement, root).addEventListener("keydown", (event) => {
      if (isTyping(event.target) || event.isComposing) return;
      // A button keeps its own key; everywhere else the space bar confirms.
      const onButton =
        event.target instanceof HTMLButtonElement ||
        (event.target instanceof HTMLElement && event.target.matches("summary"));
      if ((event.key === " " || event.key === "Enter") && onButton) return;
      const pressed = slideCommandFor(event, classes, editor.adding);
      if (!pressed) return;
      // Without a box in the making these keys are the browser's.
      if ((pressed.do === "keep" || pressed.do === "drop") && !editor.open) return;
      const listed =
        inside(event.target, "[data-cells]") && pressed.do === "move" ? alongList(pressed) : pressed;
      event.preventDefault();
      event.stopPropagation();
      this.run(listed);
    });
    window.addEventListener("keyup", (event) => {
      if (event.key.toLowerCase() === "h") this.hide(false);
    });
    window.addEventListener("blur", () => this.hide(false));
    for (const button of root.querySelectorAll<HTMLButtonElement>("[data-command]")) {
      button.addEventListener("click", () =>
        this.run(JSON.parse(button.dataset.command ?? "null") as SlideCommand),
      );
    }
    const hide = need("[data-hide]", HTMLButtonElement, root);
    hide.addEventListener("click", () => this.hide(hide.getAttribute("aria-pressed") !== "true"));
    need("[data-one-to-one]", HTMLButtonElement, root).addEventListener("click", () =>
      this.#options.viewer.actualSize(),
    );
  }

  hide(hidden: boolean): void {
    const { root, viewer, editor } = this.#options;
    viewer.layer.setHidden(hidden);
    editor.place();
    need("[data-hide]", HTMLButtonElement, root).setAttribute("aria-pressed", String(hidden));
  }

  run(command: SlideCommand): void {
    const { session, viewer, editor, say, flash, canLabel } = this.#options;
    switch (command.do) {
      case "label":
        editor.keep();
        if (session.label(command.to)) flash(command.to);
        break;
      case "withdraw":
        session.withdraw();
        break;
      case "confirm":
        this.#confirm();
        break;
      case "undo":
        if (editor.drop()) say("The box is as it was.");
        else if (!session.undo()) say("There is nothing to undo.");
        break;
      case "redo":
        if (!session.redo()) say("There is nothing to do again.");
        break;
      case "next":
        session.step(1);
        break;
      case "previous":
        session.step(-1);
        break;
      case "move":
        session.move(command.direction);
        break;
      case "pan":
        viewer.pan(command.direction);
        break;
      case "field":
        this.#options.onField(command.step);
        break;
      case "zoom":
        viewer.zoom(command.step, session.selected?.box ?? null);
        break;
      case "fit":
        viewer.fit();
        break;
      case "hide":
        this.hide(true);
        break;
      case "help":
        need("[data-help]", HTMLDialogElement, this.#options.root).showModal();
        break;
      case "add":
        if (canLabel) editor.add();
        else say(READ_ONLY);
        break;
      case "nudge":
        if (!canLabel) say(READ_ONLY);
        else editor.nudge(command.direction, command.resize);
        break;
      case "keep":
        editor.keep();
        break;
      case "drop":
        editor.drop();
        break;
      case "remove":
        this.#remove();
        break;
      case "sign":
        this.#options.onSign();
        break;
      case "gallery":
        this.#options.onGallery();
        break;
    }
  }

  #remove(): void {
    const { editor, session, say, canLabel } = this.#options;
    if (!canLabel) {
      say(READ_ONLY);
      return;
    }
    editor.drop();
    if (session.remove()) say("Removed. Ctrl+Z brings it back.");
    else say("Select a cell first.");
  }

  #confirm(): void {
    const { session, say, canLabel } = this.#options;
    const confirmed = session.confirm();
    if (!confirmed && session.selected && canLabel) {
      say("This cell is unidentified: give it a class with a key, or X for not classed.");
      return;
    }
    if (!session.nextUnreviewed()) say("Every cell of this list is reviewed.");
  }
}
