/** The gallery put together: lanes, panel, toolbar, keys, and the way of every act to the server. */

import { newKey, newUuid, sendAct, sendActs, stepSender } from "../cells/acts";
import { countRows, progress } from "../cells/counts";
import { keeperFor } from "../cells/keeper";
import { Names } from "../cells/labels";
import { Refusals } from "../cells/refusals";
import { SaveMark } from "../cells/savemark";
import { Saver, type SaveState } from "../cells/saver";
import { bringNews, SignLink } from "../cells/signing";
import { BoxStore, type Cell } from "../cells/store";
import { type Changes, type CountRow, UNIDENTIFIED } from "../cells/types";
import { need, setText } from "../shared/dom";
import { Analysis } from "./analysis";
import { bindGallery } from "./binding";
import { cellsOf, emptyWords, type GalleryDocument, seenBefore } from "./document";
import { follow } from "./following";
import { Hands } from "./hands";
import { Lanes, laneNames } from "./lanes";
import { Magnifier } from "./magnifier";
import { MoveMenu } from "./moving";
import { isFiltered, ordered, passes } from "./ordering";
import { Panel } from "./panel";
import { Places } from "./places";
import { type Prefs, readPrefs, writePrefs } from "./prefs";
import { ranksOf } from "./ranks";
import { Scales, usualSide } from "./scale";
import { Selection } from "./selection";
import { showSteps } from "./steps";
import { Surface } from "./surface";
import { Toast } from "./toast";
import { Toolbar } from "./toolbar";
import { offlineWords, steppedWords } from "./words";
import { Work } from "./work";

/** So long nothing moves after an act, so that nothing slips away under the eye of who works on (ms). */
const SETTLE_MS = 2_000;

export class GalleryPage {
  readonly #root: HTMLElement;
  readonly #document: GalleryDocument;
  readonly #where: string;
  readonly #names: Names;
  readonly #store: BoxStore;
  readonly #saver: Saver;
  readonly #work: Work;
  readonly #scales: Scales;
  readonly #places: Places;
  readonly #lanes = new Lanes();
  readonly #selection = new Selection();
  readonly #surface: Surface;
  readonly #panel: Panel;
  readonly #toolbar: Toolbar;
  readonly #refusals: Refusals;
  readonly #hands: Hands;
  readonly #seen: Set<string>;
  readonly #sign: SignLink;
  #conflicts = new Set<string>();
  #ranks: ReadonlyMap<string, number> = new Map();
  #rows: readonly CountRow[] = [];
  #settleTimer = 0;
  #drawing = 0;

  constructor(root: HTMLElement, data: GalleryDocument) {
    this.#root = root;
    this.#document = data;
    const { scope } = data;
    this.#where = `${scope.kind}s/${scope.id}`;
    this.#names = new Names(data.classes);
    this.#store = new BoxStore(root.dataset.me ?? "");
    this.#seen = seenBefore(data);
    this.#refusals = new Refusals(need("[data-refusals]", HTMLElement, root));
    const cells = cellsOf(data);
    this.#scales = new Scales(data.fields, data.window_um, usualSide(cells.map((cell) => cell.box)));
    this.#places = new Places(data, this.#store, this.#scales);
    const canLabel = scope.can_label;
    const blind = scope.blind_first === true;
    const mark = new SaveMark({
      mark: need("[data-saved]", HTMLElement, root),
      conflicts: need("[data-conflicts]", HTMLElement, root),
      names: this.#names,
      store: this.#store,
      onChoose: (cell, whose) => this.#saver.choose(cell, whose, newKey(), Date.now()),
      onShow: (cell) => this.#hands.focus(cell),
    });
    this.#saver = new Saver({
      store: this.#store,
      send: sendAct,
      sendMany: sendActs,
      sendStep: stepSender(this.#where),
      keeper: keeperFor(localStorage, `${root.dataset.user ?? ""}.${scope.id}`, newKey()),
      onState: (state) => {
        mark.show(state);
        this.#showState(state);
      },
      onAnswer: (answer) => {
        this.#sign.changed();
        this.#answered(answer, answer.cell?.id);
      },
      onMany: (answer) => {
        this.#sign.changed();
        this.#answered(answer);
      },
      onStepped: (step, answer) => {
        this.#answered(answer);
        this.#stepped(step.step, answer.results);
      },
      onRefused: (act, message) => {
        this.#work.forget(act.cell);
        this.#refusals.show(`Not saved: ${message}`);
      },
      onStepRefused: (step, message) => this.#refusals.show(`Nothing to ${step.step}: ${message}`),
    });
    this.#work = new Work({
      store: this.#store,
      saver: this.#saver,
      canLabel,
      newKey,
      newGroup: newUuid,
      now: () => Date.now(),
      isSeen: (id) => this.#seen.has(id),
    });
    this.#work.acts = data.acts ?? { undo: null, redo: null };
    const host = need("[data-lanes]", HTMLElement, root);
    this.#surface = new Surface({
      host,
      store: this.#store,
      names: this.#names,
      lanes: this.#lanes,
      selection: this.#selection,
      scales: this.#scales,
      canLabel,
      blind,
      whereOf: (cell) => this.#places.words(cell),
      isConflict: (id) => this.#conflicts.has(id),
      pinned: () => this.#panel.pinned,
      onConfirmLane: (lane) => this.#hands.confirmLane(lane),
    });
    this.#panel = new Panel({
      host: need("[data-panel]", HTMLElement, root),
      names: this.#names,
      scales: this.#scales,
      contextUm: data.context_um,
      lanePixels: () => this.#surface.pixels,
      canLabel,
      get: (id) => this.#store.get(id),
      whereOf: (cell) => this.#places.words(cell),
      onLabel: (name) => this.#hands.run({ do: "label", to: name }),
      onWithdraw: () => this.#hands.run({ do: "withdraw" }),
      onConfirm: () => this.#hands.run({ do: "confirm" }),
      onPin: () => this.#hands.run({ do: "pin" }),
      onCommented: (id, n) => {
        const known = this.#store.data(id);
        if (known) this.#store.merge([{ ...known, comments: n }]);
      },
    });
    const prefs = readPrefs(localStorage);
    this.#toolbar = new Toolbar({
      root,
      names: this.#names,
      orders: data.orders,
      prefs,
      blind,
      onFilters: () => this.#rebuild(),
      onPrefs: (fresh) => void this.#prefer(fresh),
    });
    this.#hands = new Hands({
      root,
      canLabel,
      names: this.#names,
      store: this.#store,
      work: this.#work,
      lanes: this.#lanes,
      selection: this.#selection,
      surface: this.#surface,
      panel: this.#panel,
      move: new MoveMenu({
        dialog: need("[data-move]", HTMLDialogElement, root),
        names: this.#names,
        onMove: (to) => this.#hands.label(to),
        onWithdraw: () => this.#hands.run({ do: "withdraw" }),
      }),
      toast: new Toast(need("[data-toast]", HTMLElement, root), () => this.#hands.run({ do: "undo" })),
      magnifier: new Magnifier({ host, scales: this.#scales, get: (id) => this.#store.get(id) }),
      advances: () => this.#toolbar.prefs.advance,
      onSelection: () => {
        this.#panel.show(this.#active());
        this.#panel.expect(
          this.#lanes.next(this.#selection.active, (id) => this.#store.get(id)?.label === ""),
        );
        this.#buttons();
      },
      toSlide: (cell) => this.#places.open(cell),
      toSign: () => this.#sign.open(),
    });
    this.#sign = new SignLink(root.querySelector<HTMLAnchorElement>("a[data-sign]"));
    this.#sign.show(scope);
    this.#store.load(cells);
  }

  start(): void {
    const { scope } = this.#document;
    this.#surface.setSize(this.#toolbar.prefs.size);
    this.#rebuild();
    this.#store.subscribe((changed) => this.#changed(changed));
    const asked = new URLSearchParams(location.search).get("cell");
    const first = asked !== null && this.#lanes.place(asked) ? asked : this.#firstCell();
    if (first !== null) this.#hands.focus(first, asked !== null || document.activeElement === document.body);
    const kept = this.#saver.restore();
    if (kept > 0) this.#hands.say(`${kept} acts that could not be saved before are being saved now.`);
    this.#counts();
    bindGallery({
      root: this.#root,
      classes: this.#document.classes,
      canLabel: scope.can_label,
      hands: this.#hands,
      selection: this.#selection,
      surface: this.#surface,
      onOnline: () => this.#saver.retryNow(),
      onClear: () => {
        this.#toolbar.clear();
        this.#rebuild();
      },
    });
    const ask = follow({
      where: this.#where,
      cursor: this.#document.cursor,
      store: this.#store,
      seen: this.#seen,
      slideOf: (id) => this.#places.slideOf(id),
      onScreen: () => (scope.can_label ? this.#surface.onScreen() : []),
      onSeen: () => this.#later(),
      onNews: (changes) => this.#news(changes),
      onEnd: (message) => this.#refusals.show(`Changes of others are not shown any more: ${message}`),
    });
    new Analysis({
      host: need("[data-job]", HTMLElement, this.#root),
      where: this.#where,
      onNews: ask,
      onScope: (fresh) => {
        Object.assign(scope, fresh);
        this.#rebuild();
      },
      onRefused: (message) => this.#refusals.show(message),
    }).show(scope);
  }

  #firstCell(): string | null {
    return this.#lanes.next(null, (id) => this.#store.get(id)?.label === "") ?? this.#lanes.flat()[0] ?? null;
  }

  /** Sort and filter everything anew. */
  #rebuild(): void {
    window.clearTimeout(this.#settleTimer);
    this.#settleTimer = 0;
    const { filters, prefs } = this.#toolbar;
    const cells: Cell[] = [];
    for (const cell of this.#store.all()) if (passes(cell, filters)) cells.push(cell);
    const ids = ordered(cells, prefs.order, { field: (id) => this.#scales.field(id), ranks: this.#ranks });
    const names = laneNames(this.#document.classes);
    const always = filters.cls === "" ? names : names.filter((name) => name === filters.cls);
    this.#lanes.build(ids, (id) => this.#store.get(id)?.shown ?? UNIDENTIFIED, always);
    this.#selection.keep((id) => this.#lanes.place(id) !== undefined);
    if (this.#selection.active === null) {
      const first = this.#firstCell();
      this.#selection.set(first === null ? [] : [first]);
    }
    this.#surface.layout();
    this.#counts();
    const empty = need("[data-empty]", HTMLElement, this.#root);
    empty.hidden = ids.length > 0;
    need("[data-lanes]", HTMLElement, this.#root).hidden = this.#store.size === 0;
    need("[data-clear]", HTMLButtonElement, empty).hidden = !isFiltered(filters);
    setText(
      need("[data-empty-text]", HTMLElement, empty),
      emptyWords(this.#document.scope, isFiltered(filters)),
    );
    this.#panel.show(this.#active());
  }

  async #prefer(prefs: Prefs): Promise<void> {
    writePrefs(localStorage, prefs);
    try {
      this.#ranks = (await ranksOf(this.#where, prefs.order, this.#selection.active)) ?? this.#ranks;
    } catch (error) {
      this.#refusals.show(error instanceof Error ? error.message : String(error));
      this.#toolbar.setOrder("review");
    }
    this.#surface.setSize(prefs.size);
    this.#rebuild();
  }

  #changed(changed: ReadonlySet<string> | null): void {
    if (changed === null) {
      if (this.#lanes.settle(this.#store.all(), (cell) => passes(cell, this.#toolbar.filters)))
        this.#surface.layout();
    } else {
      this.#surface.refresh(changed);
      const active = this.#active();
      if (active && changed.has(active.id)) this.#panel.show(active);
      this.#settleLater([...changed].some((id) => (this.#store.get(id)?.pending ?? 0) > 0));
    }
    this.#counts();
  }

  /** Move ghosts after a while; an act of the person puts it off, what comes from the server does not. */
  #settleLater(acted: boolean): void {
    if (this.#settleTimer !== 0 && !acted) return;
    if (this.#lanes.ghosts((id) => this.#store.get(id)).length === 0) return;
    window.clearTimeout(this.#settleTimer);
    this.#settleTimer = window.setTimeout(() => this.#settle(), SETTLE_MS);
  }

  /** Bring moved cells to the lanes of their classes. */
  #settle(): void {
    this.#settleTimer = 0;
    if (this.#lanes.settle(this.#store.all(), (cell) => passes(cell, this.#toolbar.filters)))
      this.#surface.layout();
    this.#counts();
  }

  #counts(): void {
    this.#rows = countRows(this.#store.all(), this.#names.classes);
    this.#surface.heads(this.#rows, this.#work.checkLanes());
    const { labelled, total } = progress(this.#store.all());
    this.#toolbar.showCounts(this.#rows, total);
    const more = this.#document.total > total ? ` (of ${this.#document.total} in the project)` : "";
    setText(need("[data-progress]", HTMLElement, this.#root), `${labelled} of ${total} reviewed${more}`);
    this.#buttons();
  }

  #buttons(): void {
    showSteps(this.#root, this.#work, this.#selection.size);
  }

  /** Count again with the next frame, once for all that happens before it. */
  #later(): void {
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#counts();
    });
  }

  #answered(answer: { acts?: GalleryDocument["acts"] }, cell?: string): void {
    if (answer.acts) this.#work.acts = answer.acts;
    if (cell !== undefined) this.#panel.stale(cell);
    this.#buttons();
  }

  #stepped(step: "undo" | "redo", results: readonly { id: string; status: string; cell: unknown }[]): void {
    const done = results.filter((result) => result.status === "applied");
    if (done.length > 0) this.#sign.changed();
    const words = steppedWords(step, done.length, results.length - done.length);
    this.#hands.say(words);
    if (done.length < results.length) this.#refusals.show(words);
    const first = done.find((result) => this.#store.get(result.id));
    if (first) this.#hands.focus(first.id);
  }

  #showState(state: SaveState): void {
    const before = this.#conflicts;
    this.#conflicts = new Set(state.conflicts.map((conflict) => conflict.cell));
    this.#surface?.refresh([...before, ...this.#conflicts]);
    const offline = need("[data-offline]", HTMLElement, this.#root);
    offline.hidden = state.late === 0;
    setText(need("[data-offline-text]", HTMLElement, offline), offlineWords(state));
  }

  /** Take what others did. */
  #news(changes: Changes): void {
    if (changes.cells.length === 0 && changes.gone.length === 0) return;
    const mine = new Set(changes.cells.filter((cell) => cell.by === this.#store.me).map((cell) => cell.id));
    const labels = new Map(changes.cells.map((cell) => [cell.id, this.#store.get(cell.id)?.label]));
    if (bringNews(changes, (id) => this.#store.get(id)?.version ?? 0)) this.#sign.changed();
    const changed = this.#store.merge(changes.cells, changes.gone);
    if (changes.acts) this.#work.acts = changes.acts;
    for (const id of changed) {
      const theirs = this.#store.get(id);
      if (!mine.has(id) && theirs && theirs.label !== labels.get(id)) this.#work.forget(id);
    }
    const active = this.#selection.active;
    if (active !== null && changed.has(active)) this.#panel.stale(active);
    this.#buttons();
  }

  #active(): Cell | null {
    const id = this.#selection.active;
    return id === null ? null : (this.#store.get(id) ?? null);
  }
}
