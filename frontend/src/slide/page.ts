/** The slide page put together: image, boxes, list, panel, counts, and the way of every act to the server. */

import { API, newKey } from "../cells/acts";
import { ChangesPoller } from "../cells/changes";
import { countRows, progress } from "../cells/counts";
import { Detail } from "../cells/detail";
import { Differential } from "../cells/differential";
import { JobBar } from "../cells/jobbar";
import { describe, Names } from "../cells/labels";
import { Refusals } from "../cells/refusals";
import type { Answer, Saver, Step } from "../cells/saver";
import { SeenReporter } from "../cells/seenreport";
import { Session } from "../cells/session";
import { bringNews, SignLink } from "../cells/signing";
import { BoxStore, type Cell } from "../cells/store";
import type { Changes, SlideDocument, StepAnswer } from "../cells/types";
import { ApiError, getJson, postJson } from "../shared/api";
import { need, setText } from "../shared/dom";
import { Commands } from "./commands";
import { ListControls } from "./controls";
import { BoxEditor } from "./editor";
import { Fields } from "./fields";
import { CellList } from "./list";
import { MiniMap } from "./minimap";
import { Optics } from "./optics";
import { listOrder } from "./order";
import { stylesOf } from "./paint";
import { makeSaver } from "./sending";
import { showSteps, stepWords } from "./steps";
import { thereChoices, thereWords } from "./twins";
import { FieldViewer } from "./viewer";

export class SlidePage {
  readonly #root: HTMLElement;
  readonly #store = new BoxStore();
  readonly #names: Names;
  readonly #viewer: FieldViewer;
  readonly #list: CellList;
  readonly #detail: Detail;
  readonly #differential: Differential;
  readonly #fields: Fields;
  readonly #map: MiniMap;
  readonly #controls: ListControls;
  readonly #jobBar: JobBar;
  readonly #saver: Saver;
  readonly #session: Session;
  readonly #seen: SeenReporter;
  readonly #live: HTMLElement;
  readonly #refusals: Refusals;
  readonly #editor: BoxEditor;
  readonly #commands: Commands;
  readonly #optics: Optics;
  readonly #sign: SignLink;
  readonly #changes: ChangesPoller;
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
    const slideUrl = `${API}/slides/${document.slide.id}`;

    this.#viewer = new FieldViewer({
      host: need("[data-viewer]", HTMLElement, root),
      styles,
      onPick: (id) => this.#session.select(id),
      onView: () => this.#viewChanged(),
      onImage: (state) => this.#optics.image(state),
    });
    this.#seen = new SeenReporter({
      store: this.#store,
      url: `${slideUrl}/seen/`,
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
      onLabel: (name) => this.#commands.run({ do: "label", to: name }),
      onWithdraw: () => this.#commands.run({ do: "withdraw" }),
      onConfirm: () => this.#commands.run({ do: "confirm" }),
    });
    this.#differential = new Differential(need("[data-counts]", HTMLTableSectionElement, root), this.#names);
    this.#fields = new Fields({
      strip: need("[data-strip]", HTMLElement, root),
      bar: {
        host: need("[data-fieldbar]", HTMLElement, root),
        canLabel,
        url: (field) => `${API}/fields/${field}/complete/`,
        onRefused: (words) => this.#refusals.show(words),
      },
      store: this.#store,
      onOpen: (id) => this.#openField(id),
      onLearned: () => this.#viewer.learn(this.#fields.all),
    });
    this.#controls = new ListControls(
      {
        filter: need("[data-filter]", HTMLSelectElement, root),
        sorting: need("[data-sorting]", HTMLSelectElement, root),
        confidence: need("[data-confidence]", HTMLInputElement, root),
        confidenceWords: need("[data-confidence-words]", HTMLElement, root),
      },
      this.#names,
      () => {
        this.#showField();
        this.#reorder();
      },
    );
    this.#jobBar = new JobBar({
      host: need("[data-job]", HTMLElement, root),
      jobUrl: (id) => `${API}/jobs/${id}/`,
      onNews: () => this.#reload(),
      onRetry: () => void this.#analyse(),
    });
    this.#saver = makeSaver({
      root,
      slide: document.slide.id,
      store: this.#store,
      names: this.#names,
      onShow: (cell) => this.#session.select(cell),
      onTheirs: (boxes) => this.#viewer.layer.setGhosts(boxes),
      onAnswer: (answer) => {
        this.#sign.changed();
        this.#answered(answer);
      },
      onNamed: (draft, id) => this.#session.rename(draft, id),
      onStepped: (step, answer) => this.#stepped(step, answer),
      onThere: (wanted, there) => {
        this.#changes.now(); // the cell may be younger than the page
        const show = () => this.#session.select(there.cell);
        const keep = () => void this.#session.box(wanted.field, wanted.box, wanted.to, true);
        this.#refusals.show(thereWords(there, wanted.to, this.#names), thereChoices(there, show, keep));
      },
      onRefused: (message, cell) => {
        if (cell !== null) this.#session.forget(cell);
        this.#refusals.show(message);
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
    const tool = need("[data-add]", HTMLButtonElement, root);
    this.#editor = new BoxEditor({
      host: need("[data-viewer]", HTMLElement, root),
      viewer: this.#viewer,
      session: this.#session,
      canEdit: canLabel,
      boxesOf: (field) => this.#store.inField(field).map((cell) => cell.box),
      say: (words) => this.#say(words),
      onTool: (adding) => tool.setAttribute("aria-pressed", String(adding)),
    });
    this.#commands = new Commands({
      root,
      classes: this.#names.classes,
      session: this.#session,
      viewer: this.#viewer,
      editor: this.#editor,
      canLabel,
      say: (words) => this.#say(words),
      flash: (name) => this.#detail.flash(name),
      onField: (step) => this.#stepField(step),
      onGallery: () => this.#gallery(),
      onSign: () => {
        this.#editor.keep();
        this.#sign.open();
      },
    });
    this.#optics = new Optics(root, this.#viewer, this.#map);
    this.#sign = new SignLink(root.querySelector<HTMLAnchorElement>("a[data-sign]"));
    this.#changes = new ChangesPoller({
      url: `${slideUrl}/changes/`,
      cursor: document.cursor ?? "",
      onNews: (changes) => this.#news(changes),
      onEnd: (message) => this.#refusals.show(message),
    });
  }

  start(): void {
    this.#store.subscribe((changed) => this.#changed(changed));
    this.#session.know(this.#document.acts);
    this.#take(this.#document);
    const kept = this.#saver.restore();
    if (kept > 0) this.#say(`${kept} acts that could not be saved before are being saved now.`);
    this.#commands.bind();
    window.addEventListener("online", () => this.#saver.retryNow());
    this.#seen.start();
    if (this.#document.cursor) this.#changes.start();
    const name = new URLSearchParams(location.search).get("cell") ?? location.hash.slice(1);
    const asked = this.#store.get(name);
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
    this.#fields.take(data.fields);
    this.#session.know(data.acts);
    if (data.cursor) this.#changes.from(data.cursor);
    const waiting = data.fields.filter((field) => !field.analysed).length;
    this.#jobBar.show(data.slide, waiting, data.cells.length);
    this.#sign.show(data.slide);
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

  #answered(answer: Answer): void {
    this.#session.know(answer.acts);
    this.#showUndo();
    // While later acts wait, the server's counts are already old; the page's own stay.
    if (answer.counts_rows && this.#saver.state(Date.now()).waiting === 0)
      this.#differential.show(answer.counts_rows);
  }

  /** The server has undone an act, or done one again: go there, and name what somebody else changed since. */
  #stepped(step: Step, answer: StepAnswer): void {
    this.#answered(answer);
    const said = stepWords(step, answer);
    if (said?.important) this.#refusals.show(said.words);
    else if (said) this.#say(said.words);
    if (answer.results.some((result) => result.status === "applied")) this.#sign.changed();
    const there = answer.results.find((result) => result.status === "applied" && result.cell);
    if (there && this.#session.selected?.id !== there.id && this.#store.get(there.id))
      this.#session.select(there.id);
  }

  /** Take what others did. */
  #news(changes: Changes): void {
    if (changes.fields.length > 0) this.#fields.learn(changes.fields);
    this.#session.know(changes.acts);
    if (changes.cells.length === 0 && changes.gone.length === 0) return;
    if (bringNews(changes, (id) => this.#store.get(id)?.version ?? 0)) this.#sign.changed();
    this.#store.merge(changes.cells, changes.gone);
    if (changes.version !== null) this.#version = changes.version;
    this.#answered({ counts_rows: changes.counts_rows, acts: changes.acts ?? null });
    if (this.#session.selected === null) this.#session.select(null);
  }

  #showUndo(): void {
    showSteps(this.#root, this.#session, this.#document.slide.can_label);
  }

  #gallery(): void {
    const cell = this.#session.selected;
    const { gallery } = this.#root.dataset;
    if (!gallery) return;
    this.#editor.keep();
    location.assign(cell ? `${gallery}?cell=${cell.id}` : gallery);
  }

  #changed(changed: ReadonlySet<string> | null): void {
    const rows = countRows(this.#store.all(), this.#names.classes);
    this.#differential.show(rows);
    const { labelled, total } = progress(this.#store.all());
    this.#controls.showCounts(rows, total, total - labelled);
    setText(need("[data-progress]", HTMLElement, this.#root), `${labelled} of ${total} reviewed`);
    this.#showUndo();
    if (changed === null) {
      this.#fields.show();
      this.#showField();
      this.#reorder();
      return;
    }
    for (const id of changed) {
      const cell = this.#store.get(id);
      if (cell) this.#viewer.layer.updateCell(cell);
    }
    this.#list.refresh(changed);
    const selected = this.#session.selected;
    if (selected && changed.has(selected.id)) this.#detail.show(selected);
    this.#editor.place();
    const field = this.#viewer.field;
    if (field) this.#map.setCells(this.#shownOn(field.id));
  }

  #reorder(): void {
    const fields = this.#document.fields.map((field) => field.id);
    const order = listOrder(
      this.#store.all(),
      fields,
      this.#controls.filter,
      this.#controls.sorting,
      this.#controls.atMost,
    );
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
    const field = this.#fields.get(id);
    if (!field) return;
    const fresh = this.#viewer.field?.id !== id;
    this.#viewer.open(field, then);
    this.#map.setField(field);
    this.#fields.mark(field);
    if (fresh) {
      this.#editor.drop();
      this.#showField();
    }
  }

  #showField(): void {
    const field = this.#viewer.field;
    if (!field) return;
    const cells = this.#shownOn(field.id);
    this.#viewer.setCells(cells);
    this.#map.setCells(cells);
    const n = cells.length;
    this.#viewer.focusTarget.setAttribute(
      "aria-label",
      `Field ${field.position}: image with ${n} boxed cells. N and P go from cell to cell, the keys of the list give a class, question mark shows all keys.`,
    );
  }

  /** The cells of a field that the filter lets through. */
  #shownOn(field: string): Cell[] {
    const cells = this.#store.inField(field);
    return this.#controls.narrows ? cells.filter((cell) => this.#controls.shows(cell)) : cells;
  }

  #selected(cell: Cell | null): void {
    if (cell && !this.#controls.shows(cell)) this.#controls.clear();
    this.#viewer.layer.setSelected(cell?.id ?? null);
    this.#list.select(cell?.id ?? null);
    this.#detail.show(cell);
    this.#editor.place();
    if (!cell) return;
    this.#openField(cell.field, () => this.#viewer.goTo(cell.box));
    this.#say(describe(this.#names, cell));
  }

  #viewChanged(): void {
    this.#optics.viewed();
    this.#editor.place();
  }

  #say(words: string): void {
    setText(this.#live, words);
  }

  #stepField(step: 1 | -1): void {
    const field = this.#fields.beside(step);
    if (field) this.#openField(field.id);
  }
}
