/**
 * The page of a second reader, and the page on which disagreements are decided: one cell large, all cells small, a key
 * for each class. Nothing on it, and nothing that it asks the server for, tells what anybody else said.
 */

import { newKey } from "../cells/acts";
import { keeperFor } from "../cells/keeper";
import { type Command, commandFor, keyName } from "../cells/keymap";
import { chip, Names } from "../cells/labels";
import { Refusals } from "../cells/refusals";
import { SaveMark } from "../cells/savemark";
import { Saver, type SaveState } from "../cells/saver";
import { BoxStore } from "../cells/store";
import { postJson } from "../shared/api";
import { isTyping, make, need, setText } from "../shared/dom";
import { Deck } from "./deck";
import { Sheet } from "./sheet";
import { asCellData, asLabelAnswer, type ReadingAnswer, type ReadingDocument } from "./types";

/** What differs between reading and deciding. */
interface Kind {
  act: (cell: string) => string;
  undo: string;
  done: string;
  progress: string;
}

function kindOf(root: HTMLElement): Kind {
  const api = root.dataset.api ?? "";
  if (root.dataset.kind === "adjudication") {
    return {
      act: (cell) => `${api}${cell}/decide/`,
      undo: `${api}undo/`,
      done: "Every disagreement is decided.",
      progress: "decided",
    };
  }
  return {
    act: (cell) => `${api}${cell}/label/`,
    undo: api.replace(/cells\/$/, "undo/"),
    done: "Every cell has a class. Finish the reading when you are content with it.",
    progress: "read",
  };
}

export class ReadingPage {
  readonly #root: HTMLElement;
  readonly #kind: Kind;
  readonly #names: Names;
  readonly #store = new BoxStore();
  readonly #deck: Deck;
  readonly #sheet: Sheet;
  readonly #saver: Saver;
  readonly #refusals: Refusals;
  readonly #candidates = new Map<string, readonly string[]>();
  readonly #buttons = new Map<string, HTMLButtonElement>();
  #waiting = 0;

  constructor(root: HTMLElement, document: ReadingDocument) {
    this.#root = root;
    this.#kind = kindOf(root);
    this.#names = new Names(document.classes);
    this.#store.load(document.cells.map(asCellData));
    for (const cell of document.cells) this.#candidates.set(cell.id, cell.candidates ?? []);
    const ids = document.cells.map((cell) => cell.id);
    this.#deck = new Deck(ids);
    this.#refusals = new Refusals(need("[data-refusals]", HTMLElement, root));
    this.#sheet = new Sheet({
      host: need("[data-sheet]", HTMLElement, root),
      store: this.#store,
      names: this.#names,
      onPick: (id) => this.#go(id),
    });
    const mark = new SaveMark({
      mark: need("[data-saved]", HTMLElement, root),
      conflicts: need("[data-conflicts]", HTMLElement, root),
      names: this.#names,
      store: this.#store,
      onChoose: (cell, whose) => this.#saver.choose(cell, whose, newKey(), Date.now()),
      onShow: (cell) => this.#go(cell),
    });
    this.#saver = new Saver({
      store: this.#store,
      send: async (act) =>
        asLabelAnswer(
          await postJson<ReadingAnswer>(this.#kind.act(act.cell), {
            to: act.to,
            version: act.version,
            idempotency_key: act.key,
          }),
        ),
      sendStep: async (step) => {
        const { cell } = await postJson<ReadingAnswer>(this.#kind.undo, { idempotency_key: step.key });
        return { results: [{ id: cell.id, status: "applied", cell: asCellData(cell) }], counts_rows: null };
      },
      keeper: keeperFor(
        localStorage,
        `${root.dataset.user ?? ""}.${root.dataset.kind ?? ""}.${document.id}`,
        newKey(),
      ),
      onState: (state) => this.#saving(state, mark),
      onAnswer: () => undefined,
      onStepped: (_, answer) => {
        const id = answer.results[0]?.id;
        if (id) this.#go(id);
        this.#say("Undone.");
      },
      onRefused: (_, message) => this.#refusals.show(`Not saved: ${message}`),
      onStepRefused: (_, message) => this.#say(message),
    });
    this.#makeButtons();
    this.#sheet.draw(ids);
  }

  start(): void {
    this.#store.subscribe((changed) => this.#changed(changed));
    const kept = this.#saver.restore();
    if (kept > 0) this.#say(`${kept} labels that could not be saved before are being saved now.`);
    this.#bind();
    this.#deck.next((id) => this.#waits(id), true);
    this.#show();
    this.#changed(new Set());
    if (document.activeElement === document.body)
      need("[data-sheet]", HTMLElement, this.#root).focus({ preventScroll: true });
  }

  #waits(id: string): boolean {
    return this.#store.get(id)?.label === "";
  }

  #left(): number {
    return [...this.#store.all()].filter((cell) => cell.label === "").length;
  }

  #go(id: string): void {
    this.#deck.go(id);
    this.#show();
  }

  /** Show the open cell. */
  #show(): void {
    const id = this.#deck.open;
    const cell = id === null ? undefined : this.#store.get(id);
    const body = need("[data-open-body]", HTMLElement, this.#root);
    body.hidden = !cell;
    if (!id || !cell) return;
    const picture = need("[data-open-crop]", HTMLImageElement, this.#root);
    if (picture.getAttribute("src") !== cell.cropUrl) picture.src = cell.cropUrl;
    const place = `Cell ${this.#deck.at + 1} of ${this.#deck.size}`;
    const said = cell.label === "" ? "No class yet" : this.#names.title(cell.label);
    picture.alt = place;
    setText(need("[data-open-place]", HTMLElement, this.#root), place);
    setText(need("[data-open-title]", HTMLElement, this.#root), said);
    need("[data-open-chip]", HTMLElement, this.#root).replaceChildren(
      ...(cell.label === "" ? [] : [chip(this.#names, cell.label, true)]),
    );
    need("[data-withdraw]", HTMLButtonElement, this.#root).disabled = cell.label === "";
    const candidates = this.#candidates.get(id) ?? [];
    for (const [name, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(cell.label === name));
      button.toggleAttribute("data-candidate", candidates.includes(name));
    }
    const either = this.#root.querySelector<HTMLElement>("[data-candidates]");
    if (either) setText(either, candidates.map((name) => this.#names.title(name)).join(" or "));
    this.#sheet.mark(id);
    this.#say(candidates.length > 0 ? `${place}, ${either?.textContent}, ${said}` : `${place}, ${said}`);
  }

  #changed(changed: ReadonlySet<string> | null): void {
    for (const id of changed ?? []) this.#sheet.refresh(id);
    if (this.#deck.open && (changed === null || changed.has(this.#deck.open))) this.#show();
    const left = this.#left();
    const words = `${this.#deck.size - left} of ${this.#deck.size} ${this.#kind.progress}`;
    setText(need("[data-progress]", HTMLElement, this.#root), words);
    this.#offerFinish(left);
  }

  /** A reading may be finished once every cell has a class and everything is saved. */
  #offerFinish(left: number): void {
    const button = this.#root.querySelector<HTMLButtonElement>("[data-finish]");
    if (!button) return;
    button.disabled = left > 0 || this.#waiting > 0;
    button.title = left > 0 ? `${left} without a class` : "";
  }

  #saving(state: SaveState, mark: SaveMark): void {
    this.#waiting = state.waiting;
    mark.show(state);
    this.#offerFinish(this.#left());
  }

  #label(to: string): void {
    const id = this.#deck.open;
    if (!id) return;
    if (this.#store.get(id)?.label !== to) this.#act(id, to);
    this.#flash(to);
    this.#onwards();
  }

  #withdraw(): void {
    const id = this.#deck.open;
    if (id && this.#store.get(id)?.label !== "") this.#act(id, null);
  }

  #onwards(): void {
    if (this.#deck.next((id) => this.#waits(id))) this.#show();
    else this.#say(this.#kind.done);
  }

  #act(cell: string, to: string | null): void {
    const at = Date.now();
    this.#store.apply(cell, to);
    this.#saver.add({ key: newKey(), cell, kind: "label", to, seenSuggestion: false, version: null, at });
  }

  #makeButtons(): void {
    const host = need("[data-class-buttons]", HTMLElement, this.#root);
    for (const cls of this.#names.classes) {
      const button = make(
        "button",
        { type: "button", class: "class-button", "aria-pressed": "false", "data-class": cls.name },
        make("kbd", { "aria-hidden": "true" }, cls.key === "Backspace" ? "⌫" : keyName(cls.key)),
        chip(this.#names, cls.name, true),
        make("span", { class: "class-button__title" }, cls.title),
      );
      button.addEventListener("click", () => this.#label(cls.name));
      this.#buttons.set(cls.name, button);
      host.append(button);
    }
  }

  #flash(name: string): void {
    const button = this.#buttons.get(name);
    if (!button) return;
    button.classList.remove("class-button--flash");
    void button.offsetWidth; // restarts the animation
    button.classList.add("class-button--flash");
  }

  #say(words: string): void {
    setText(need("[data-live]", HTMLElement, this.#root), words);
  }

  #bind(): void {
    need("[data-work]", HTMLElement, this.#root).addEventListener("keydown", (event) => {
      if (isTyping(event.target) || event.isComposing) return;
      // A button keeps its own key; everywhere else the space bar goes on.
      if (event.key === " " && event.target instanceof HTMLButtonElement) return;
      const command = commandFor(event, this.#names.classes);
      if (!command || !this.#run(command)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>("[data-command]")) {
      button.addEventListener("click", () =>
        this.#run(JSON.parse(button.dataset.command ?? "null") as Command),
      );
    }
    window.addEventListener("online", () => this.#saver.retryNow());
  }

  /** Do what a key or button asks; false for what this page has no use for. */
  #run(command: Command): boolean {
    switch (command.do) {
      case "label":
        this.#label(command.to);
        return true;
      case "withdraw":
        this.#withdraw();
        return true;
      case "confirm":
        this.#onwards();
        return true;
      case "undo":
        this.#saver.addStep({ key: newKey(), step: "undo", at: Date.now() });
        return true;
      case "next":
      case "previous":
        this.#step(command.do === "next" ? 1 : -1);
        return true;
      case "move":
        this.#step(this.#byDirection(command.direction));
        return true;
      case "help":
        need("[data-help]", HTMLDialogElement, this.#root).showModal();
        return true;
      default:
        return false;
    }
  }

  #byDirection(direction: "left" | "right" | "up" | "down"): number {
    if (direction === "left" || direction === "right") return direction === "left" ? -1 : 1;
    return direction === "up" ? -this.#sheet.columns() : this.#sheet.columns();
  }

  #step(by: number): void {
    this.#deck.step(by);
    this.#show();
  }
}
