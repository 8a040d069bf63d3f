/** The slide page put together: image, boxes, list, panel, counts, and the way of every act to the server. */

import { API, newKey, sendAct } from "../cells/acts";
import { countRows, progress } from "../cells/counts";
import { Detail } from "../cells/detail";
import { Differential } from "../cells/differential";
import { JobBar } from "../cells/jobbar";
import { keeperFor } from "../cells/keeper";
import { alongList, type Command, commandFor } from "../cells/keymap";
import { describe, Names } from "../cells/labels";
import { Refusals } from "../cells/refusals";
import { SaveMark } from "../cells/savemark";
import { Saver } from "../cells/saver";
import { SeenReporter } from "../cells/seenreport";
import { Session } from "../cells/session";
import { BoxStore, type Cell } from "../cells/store";
import type { LabelAnswer, SlideDocument } from "../cells/types";
import { ApiError, getJson, postJson } from "../shared/api";
import { inside, isTyping, need, setText } from "../shared/dom";
import { ListControls } from "./controls";
import { CellList } from "./list";
import { MiniMap } from "./minimap";
import { listOrder } from "./order";
import { stylesOf } from "./paint";
import { ScaleBar } from "./scalebar";
import { FieldStrip } from "./strip";
import { FieldViewer } from "./viewer";

export class SlidePage {
  readonly #root: HTMLElement;
  readonly #store = new BoxStore();
  readonly #names: Names;
  readonly #viewer: FieldViewer;
  readonly #list: CellList;
  readonly #detail: Detail;
  readonly #differential: Differential;
  readonly #strip: FieldStrip;
  readonly #map: MiniMap;
  readonly #controls: ListControls;
  readonly #jobBar: JobBar;
  readonly #saver: Saver;
  readonly #session: Session;
  readonly #scale: ScaleBar;
  readonly #seen: SeenReporter;
  readonly #live: HTMLElement;
  readonly #refusals: Refusals;
  #document: SlideDocument;
  #version = -1;

  constructor(root: HTMLElement, document: SlideDocument) {
    this.#root = root;
    this.#document = document;
    this.#names = new Names(document.classes);
    this.#live = need("[data-live]", HTMLElement, root);
    this.#refusals = new Refusals(need("[data-refusals]", HTMLElement, root));
    const styles = stylesOf(document.classes);
    const canLabel = document.slide.can_label;

    this.#viewer = new FieldViewer({
      host: need("[data-viewer]", HTMLElement, root),
      styles,
      onPick: (id) => this.#session.select(id),
      onView: () => this.#viewChanged(),
      onImage: (state) => this.#showImageState(state),
    });
    this.#scale = new ScaleBar(need("[data-scale]", HTMLElement, root));
    this.#seen = new SeenReporter({
      store: this.#store,
      url: `${API}/slides/${document.slide.id}/seen/`,
      onScreen: () => (canLabel ? this.#viewer.cellsOnScreen() : []),
    });
    this.#map = new MiniMap(
      need("[data-minimap]", HTMLElement, root),
      need("[data-minimap] canvas", HTMLCanvasElement, root),
      styles,
      (x, y) => this.#viewer.centreOn(x, y),
    );
    this.#list = new CellList({
      host: need("[data-cells]", HTMLElement, root),
      store: this.#store,
      names: this.#names,
      onPick: (id) => this.#session.select(id),
    });
    this.#detail = new Detail({
      host: need("[data-detail]", HTMLElement, root),
      names: this.#names,
      canLabel,
      onLabel: (name) => this.#run({ do: "label", to: name }),
      onWithdraw: () => this.#run({ do: "withdraw" }),
      onConfirm: () => this.#run({ do: "confirm" }),
    });
    this.#differential = new Differential(need("[data-counts]", HTMLTableSectionElement, root), this.#names);
    this.#strip = new FieldStrip(need("[data-strip]", HTMLElement, root), (id) => this.#openField(id));
    this.#controls = new ListControls(
      need("[data-filter]", HTMLSelectElement, root),
      need("[data-sorting]", HTMLSelectElement, root),
      this.#names,
      () => this.#reorder(),
    );
    this.#jobBar = new JobBar({
      host: need("[data-job]", HTMLElement, root),
      jobUrl: (id) => `${API}/jobs/${id}/`,
      onNews: () => this.#reload(),
      onRetry: () => void this.#analyse(),
    });
    const mark = new SaveMark({
      mark: need("[data-saved]", HTMLElement, root),
      conflicts: need("[data-conflicts]", HTMLElement, root),
      names: this.#names,
      store: this.#store,
      onChoose: (cell, whose) => this.#saver.choose(cell, whose, newKey(), Date.now()),
      onShow: (cell) => this.#session.select(cell),
    });
    this.#saver = new Saver({
      store: this.#store,
      send: sendAct,
      keeper: keeperFor(localStorage, `${root.dataset.user ?? ""}.${document.slide.id}`, newKey()),
      onState: (state) => mark.show(state),
      onAnswer: (answer) => this.#answered(answer),
      onRefused: (act, message) => {
        this.#session.forget(act.cell);
        this.#refusals.show(`Not saved: ${message}`);
      },
    });
    this.#session = new Session({
      store: this.#store,
      saver: this.#saver,
      canLabel,
      newKey,
      now: () => Date.now(),
      onSelect: (cell) => this.#selected(cell),
    });
  }

  start(): void {
    this.#store.subscribe((changed) => this.#changed(changed));
    this.#take(this.#document);
    const kept = this.#saver.restore();
    if (kept > 0) this.#say(`${kept} labels that could not be saved before are being saved now.`);
    this.#bind();
    const asked = this.#store.get(location.hash.slice(1));
    if (asked) this.#session.select(asked.id);
    else if (this.#document.fields[0]) this.#openField(this.#document.fields[0].id);
    this.#detail.show(this.#session.selected);
    if (document.activeElement === document.body) this.#viewer.focusTarget.focus({ preventScroll: true });
  }

  /** Take a fresh document from the server. */
  #take(data: SlideDocument): void {
    this.#document = data;
    this.#root.dataset.fields = String(data.fields.length);
    if (data.version !== this.#version || data.cells.length !== this.#store.size) {
      this.#version = data.version;
      this.#store.load(data.cells);
    }
    const counts = new Map<string, number>();
    for (const cell of data.cells) counts.set(cell.field, (counts.get(cell.field) ?? 0) + 1);
    this.#strip.show(data.fields, counts);
    const waiting = data.fields.filter((field) => !field.analysed).length;
    this.#jobBar.show(data.slide, waiting, data.cells.length);
    if (this.#viewer.field) this.#viewer.learn(data.fields);
    else if (data.fields[0]) this.#openField(data.fields[0].id);
  }

  async #reload(): Promise<void> {
    this.#take(await getJson<SlideDocument>(this.#root.dataset.api ?? ""));
  }

  async #analyse(): Promise<void> {
    try {
      await postJson(`${API}/slides/${this.#document.slide.id}/analyse/`, {});
      await this.#reload();
    } catch (error) {
      this.#refusals.show(error instanceof ApiError ? error.message : String(error));
    }
  }

  #answered(answer: LabelAnswer): void {
    // While later acts wait, the server's counts are already old; the page's own stay.
    if (this.#saver.state(Date.now()).waiting === 0) this.#differential.show(answer.counts_rows);
  }

  #changed(changed: ReadonlySet<string> | null): void {
    const rows = countRows(this.#store.all(), this.#names.classes);
    this.#differential.show(rows);
    const { labelled, total } = progress(this.#store.all());
    this.#controls.showCounts(rows, total, total - labelled);
    setText(need("[data-progress]", HTMLElement, this.#root), `${labelled} of ${total} reviewed`);
    need("[data-undo]", HTMLButtonElement, this.#root).disabled = !this.#session.canUndo;
    if (changed === null) {
      this.#showField();
      this.#reorder();
      return;
    }
    for (const id of changed) {
      const cell = this.#store.get(id);
      if (cell) this.#viewer.updateCell(cell);
    }
    this.#list.refresh(changed);
    const selected = this.#session.selected;
    if (selected && changed.has(selected.id)) this.#detail.show(selected);
    const field = this.#viewer.field;
    if (field) this.#map.setCells(this.#store.inField(field.id));
  }

  #reorder(): void {
    const fields = this.#document.fields.map((field) => field.id);
    const order = listOrder(this.#store.all(), fields, this.#controls.filter, this.#controls.sorting);
    this.#session.setOrder(order);
    this.#list.setOrder(order);
    this.#list.select(this.#session.selected?.id ?? null);
    const empty = need("[data-cells-empty]", HTMLElement, this.#root);
    empty.hidden = order.length > 0;
    const running = this.#document.slide.state === "queued" || this.#document.slide.state === "running";
    setText(
      empty,
      running && this.#store.size === 0 ? "The cells appear here by themselves." : "No cell here.",
    );
  }

  #openField(id: string, then?: () => void): void {
    const field = this.#document.fields.find((candidate) => candidate.id === id);
    if (!field) return;
    const fresh = this.#viewer.field?.id !== id;
    this.#viewer.open(field, then);
    this.#strip.mark(id);
    this.#map.setField(field);
    if (fresh) this.#showField();
  }

  #showField(): void {
    const field = this.#viewer.field;
    if (!field) return;
    const cells = this.#store.inField(field.id);
    this.#viewer.setCells(cells);
    this.#map.setCells(cells);
    const n = cells.length;
    this.#viewer.focusTarget.setAttribute(
      "aria-label",
      `Field ${field.position}: image with ${n} boxed cells. N and P go from cell to cell, the keys of the list give a class, question mark shows all keys.`,
    );
  }

  #selected(cell: Cell | null): void {
    this.#viewer.setSelected(cell?.id ?? null);
    this.#list.select(cell?.id ?? null);
    this.#detail.show(cell);
    if (!cell) return;
    this.#openField(cell.field, () => this.#viewer.goTo(cell.box));
    this.#say(describe(this.#names, cell));
  }

  #viewChanged(): void {
    const view = this.#viewer.view();
    const field = this.#viewer.field;
    if (!view || !field) return;
    this.#map.setPart(this.#viewer.visible());
    this.#scale.show(field, view.scale);
  }

  #showImageState(state: "loading" | "ready" | "failed"): void {
    const host = need("[data-loading]", HTMLElement, this.#root);
    host.hidden = state === "ready";
    const failed = "The image of this field could not be loaded. Load the page again to retry.";
    setText(host, state === "failed" ? failed : "Loading the image");
  }

  #say(words: string): void {
    setText(this.#live, words);
  }

  #bind(): void {
    const work = need("[data-work]", HTMLElement, this.#root);
    work.addEventListener("keydown", (event) => {
      if (isTyping(event.target) || event.isComposing) return;
      // A button keeps its own key; everywhere else the space bar confirms.
      if (event.key === " " && event.target instanceof HTMLButtonElement) return;
      const pressed = commandFor(event, this.#names.classes);
      if (!pressed) return;
      const command = inside(event.target, "[data-cells]") ? alongList(pressed) : pressed;
      event.preventDefault();
      event.stopPropagation();
      this.#run(command);
    });
    window.addEventListener("keyup", (event) => {
      if (event.key.toLowerCase() === "h") this.#hide(false);
    });
    window.addEventListener("blur", () => this.#hide(false));
    window.addEventListener("online", () => this.#saver.retryNow());
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>("[data-command]")) {
      button.addEventListener("click", () =>
        this.#run(JSON.parse(button.dataset.command ?? "null") as Command),
      );
    }
    const hide = need("[data-hide]", HTMLButtonElement, this.#root);
    hide.addEventListener("click", () => this.#hide(hide.getAttribute("aria-pressed") !== "true"));
    need("[data-one-to-one]", HTMLButtonElement, this.#root).addEventListener("click", () =>
      this.#viewer.actualSize(),
    );
    this.#seen.start();
  }

  #hide(hidden: boolean): void {
    this.#viewer.setHidden(hidden);
    need("[data-hide]", HTMLButtonElement, this.#root).setAttribute("aria-pressed", String(hidden));
  }

  #stepField(step: 1 | -1): void {
    const { fields } = this.#document;
    const at = fields.findIndex((field) => field.id === this.#viewer.field?.id);
    const field = fields[at + step];
    if (field) this.#openField(field.id);
  }

  #run(command: Command): void {
    switch (command.do) {
      case "label":
        if (this.#session.label(command.to)) this.#detail.flash(command.to);
        break;
      case "withdraw":
        this.#session.withdraw();
        break;
      case "confirm":
        this.#confirm();
        break;
      case "undo":
        if (!this.#session.undo()) this.#say("There is nothing to undo.");
        break;
      case "redo":
        if (!this.#session.redo()) this.#say("There is nothing to do again.");
        break;
      case "next":
        this.#session.step(1);
        break;
      case "previous":
        this.#session.step(-1);
        break;
      case "move":
        this.#session.move(command.direction);
        break;
      case "pan":
        this.#viewer.pan(command.direction);
        break;
      case "field":
        this.#stepField(command.step);
        break;
      case "zoom":
        this.#viewer.zoom(command.step, this.#session.selected?.box ?? null);
        break;
      case "fit":
        this.#viewer.fit();
        break;
      case "hide":
        this.#hide(true);
        break;
      case "help":
        need("[data-help]", HTMLDialogElement, this.#root).showModal();
        break;
    }
  }

  #confirm(): void {
    const confirmed = this.#session.confirm();
    if (!confirmed && this.#session.selected) {
      if (this.#document.slide.can_label) {
        this.#say("This cell is unidentified: give it a class with a key, or X for not classed.");
        return;
      }
    }
    if (!this.#session.nextUnreviewed() && this.#document.cells.length > 0)
      this.#say("Every cell of this list is reviewed.");
  }
}
