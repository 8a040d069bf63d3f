/**
 * The lanes in the document: only the rows on screen are there, so ten thousand cells are as light as fifty. Every tile
 * has the same size, so nothing moves when a picture arrives, and the focus is never lost by scrolling: the row of the
 * cell that has it stays.
 */

import type { Names } from "../cells/labels";
import type { BoxStore, Cell } from "../cells/store";
import type { CountRow } from "../cells/types";
import { make } from "../shared/dom";
import { LaneHead } from "./lanehead";
import type { Lanes } from "./lanes";
import {
  bodyHeight,
  columnsIn,
  laneTops,
  type Metrics,
  metricsFor,
  rowHeight,
  rowsInView,
  scrollFor,
  type TileSize,
} from "./rows";
import type { Scales } from "./scale";
import type { Selection } from "./selection";
import { fillTile, flashTile, loadPicture, makeTile, type TileState } from "./tile";
import type { LaneCheck } from "./work";

/** Faster than this (px per scroll event) pictures wait until the surface rests. */
const FAST_SCROLL = 400;
const REST_MS = 90;
/** More device pixels than this a picture does not need. */
const MOST_DENSITY = 2;

const GRID_ATTRIBUTES = [
  "role",
  "aria-labelledby",
  "aria-multiselectable",
  "aria-rowcount",
  "aria-colcount",
] as const;

export interface SurfaceOptions {
  host: HTMLElement;
  store: BoxStore;
  names: Names;
  lanes: Lanes;
  selection: Selection;
  scales: Scales;
  canLabel: boolean;
  blind: boolean;
  whereOf: (cell: Cell) => string;
  isConflict: (id: string) => boolean;
  pinned: () => string | null;
  onConfirmLane: (lane: string) => void;
}

interface LaneView {
  section: HTMLElement;
  head: LaneHead;
  body: HTMLElement;
  rows: Map<number, HTMLElement>;
}

export class Surface {
  readonly #options: SurfaceOptions;
  readonly #views = new Map<string, LaneView>();
  readonly #tiles = new Map<string, HTMLElement>();
  #spare = new Map<string, HTMLElement>();
  #metrics: Metrics = metricsFor("m");
  #columns = 1;
  #tops: number[] = [];
  #lastTop = 0;
  #restTimer = 0;

  constructor(options: SurfaceOptions) {
    this.#options = options;
    options.host.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(options.host);
  }

  get columns(): number {
    return this.#columns;
  }

  /** How many rows a screen holds; at least one. */
  get rowsOnScreen(): number {
    return Math.max(1, Math.floor(this.#options.host.clientHeight / rowHeight(this.#metrics)) - 1);
  }

  /** How large a picture is, in device pixels. */
  get pixels(): number {
    return this.#metrics.tile * Math.min(MOST_DENSITY, window.devicePixelRatio || 1);
  }

  setSize(size: TileSize): void {
    const anchor = this.#anchor();
    this.#metrics = metricsFor(size);
    this.#options.host.dataset.size = size;
    this.layout(anchor);
  }

  /** Lay everything out anew; the cell that had the eye stays where it was on screen. */
  layout(anchor = this.#anchor()): void {
    const { host, lanes, selection } = this.#options;
    const hadFocus = host.contains(document.activeElement);
    this.#columns = columnsIn(host.clientWidth, this.#metrics);
    const lengths = lanes.all.map((lane) => lane.cells.length);
    this.#tops = laneTops(lengths, this.#columns, this.#metrics);
    const names = new Set(lanes.all.map((lane) => lane.name));
    for (const [name, view] of this.#views) {
      if (names.has(name)) continue;
      view.section.remove();
      this.#views.delete(name);
    }
    for (const [at, lane] of lanes.all.entries()) {
      const view = this.#views.get(lane.name) ?? this.#make(lane.name);
      if (host.children[at] !== view.section) host.insertBefore(view.section, host.children[at] ?? null);
      for (const row of view.rows.values()) row.remove();
      view.rows.clear();
      view.body.style.height = `${bodyHeight(lane.cells.length, this.#columns, this.#metrics)}px`;
      view.section.toggleAttribute("data-empty", lane.cells.length === 0);
    }
    // Tiles that are drawn again keep their picture, so that none blinks.
    this.#spare = new Map(this.#tiles);
    this.#tiles.clear();
    if (anchor) this.#keep(anchor);
    this.#draw(true);
    this.#spare.clear();
    if (hadFocus && document.activeElement === document.body && selection.active !== null)
      this.#tiles.get(selection.active)?.focus({ preventScroll: true });
  }

  /** Write the heads of the lanes. */
  heads(rows: readonly CountRow[], check: (lane: string) => LaneCheck): void {
    const byClass = new Map(rows.map((row) => [row.class, row]));
    for (const lane of this.#options.lanes.all)
      this.#views.get(lane.name)?.head.show(byClass.get(lane.name), lane.cells.length, check(lane.name));
  }

  /** Draw these cells anew, where they are in the document. */
  refresh(ids: Iterable<string>): void {
    for (const id of ids) {
      const tile = this.#tiles.get(id);
      const cell = this.#options.store.get(id);
      if (tile && cell) this.#fill(tile, cell);
    }
  }

  /** Draw again which tiles are selected. */
  refreshSelection(): void {
    this.refresh(this.#tiles.keys());
  }

  /** Bring a cell into view and give it the focus. */
  reveal(id: string, focus: boolean): void {
    const top = this.#topOf(id);
    const { host } = this.#options;
    if (top === null) return;
    const view = { top: host.scrollTop, height: host.clientHeight };
    const target = scrollFor(top, this.#metrics, view);
    if (target !== view.top) host.scrollTop = target;
    this.#draw(true);
    if (focus) this.#tiles.get(id)?.focus({ preventScroll: true });
  }

  flash(id: string, name: string): void {
    const tile = this.#tiles.get(id);
    if (tile) flashTile(tile, this.#options.names, name);
  }

  tile(id: string): HTMLElement | undefined {
    return this.#tiles.get(id);
  }

  /** Return the cells of which at least the middle is on screen. */
  onScreen(): string[] {
    const { host } = this.#options;
    const frame = host.getBoundingClientRect();
    const seen: string[] = [];
    for (const [id, tile] of this.#tiles) {
      const box = tile.getBoundingClientRect();
      const middle = box.top + this.#metrics.tile / 2;
      if (middle >= frame.top + this.#metrics.head && middle <= Math.min(frame.bottom, window.innerHeight))
        seen.push(id);
    }
    return seen;
  }

  /** Return the lane that lies at a point of the screen. */
  laneAt(target: EventTarget | null): string | null {
    const section = target instanceof Element ? target.closest<HTMLElement>("[data-lane]") : null;
    return section?.dataset.lane ?? null;
  }

  markDrop(lane: string | null): void {
    for (const [name, view] of this.#views) view.section.toggleAttribute("data-drop", name === lane);
  }

  #make(name: string): LaneView {
    const { names, canLabel, blind, onConfirmLane } = this.#options;
    const id = `lane-${name === "?" ? "unidentified" : name}`;
    const head = new LaneHead(name, id, { names, canLabel, blind, onConfirm: onConfirmLane });
    const body = make("div", { class: "lane__body" });
    const section = make(
      "section",
      { class: "lane", "data-lane": name, "aria-labelledby": id },
      head.element,
      body,
    );
    const view = { section, head, body, rows: new Map<number, HTMLElement>() };
    this.#views.set(name, view);
    return view;
  }

  #resized(): void {
    const columns = columnsIn(this.#options.host.clientWidth, this.#metrics);
    if (columns !== this.#columns) this.layout();
    else this.#draw(true);
  }

  #scrolled(): void {
    const top = this.#options.host.scrollTop;
    const fast = Math.abs(top - this.#lastTop) > FAST_SCROLL;
    this.#lastTop = top;
    this.#draw(!fast);
    window.clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.#draw(true), REST_MS);
  }

  /** Where a cell's row begins in the surface; null when it does not lie here. */
  #topOf(id: string): number | null {
    const place = this.#options.lanes.place(id);
    if (!place) return null;
    const row = Math.floor(place.index / this.#columns);
    return (this.#tops[place.lane] ?? 0) + this.#metrics.head + row * rowHeight(this.#metrics);
  }

  /** The cell to hold still: the focused one when it is on screen, else the first row's. */
  #anchor(): { id: string; offset: number } | null {
    const { host, selection } = this.#options;
    const candidates = [selection.active, ...this.#tiles.keys()];
    for (const id of candidates) {
      const top = id === null ? null : this.#topOf(id);
      if (id === null || top === null) continue;
      const offset = top - host.scrollTop;
      if (offset >= 0 && offset < host.clientHeight) return { id, offset };
    }
    return null;
  }

  #keep(anchor: { id: string; offset: number }): void {
    const top = this.#topOf(anchor.id);
    if (top !== null) this.#options.host.scrollTop = Math.max(0, top - anchor.offset);
  }

  #draw(withPictures: boolean): void {
    const { host, lanes, selection } = this.#options;
    const view = { top: host.scrollTop, height: host.clientHeight };
    const active = selection.active === null ? undefined : lanes.place(selection.active);
    for (const [at, lane] of lanes.all.entries()) {
      const laneView = this.#views.get(lane.name);
      if (!laneView) continue;
      const span = rowsInView(this.#tops[at] ?? 0, lane.cells.length, this.#columns, this.#metrics, view);
      const wanted = new Set<number>();
      for (let row = span.first; row < span.last; row += 1) wanted.add(row);
      if (active?.lane === at) wanted.add(Math.floor(active.index / this.#columns));
      this.#drawLane(laneView, lane.cells, wanted, withPictures);
    }
  }

  #drawLane(
    view: LaneView,
    cells: readonly string[],
    wanted: ReadonlySet<number>,
    withPictures: boolean,
  ): void {
    for (const [row, element] of view.rows) {
      if (wanted.has(row)) continue;
      for (const id of cells.slice(row * this.#columns, (row + 1) * this.#columns)) this.#tiles.delete(id);
      element.remove();
      view.rows.delete(row);
    }
    for (const row of [...wanted].sort((a, b) => a - b)) {
      const ids = cells.slice(row * this.#columns, (row + 1) * this.#columns);
      if (!view.rows.has(row)) this.#makeRow(view, row, ids);
      if (!withPictures) continue;
      for (const id of ids) {
        const cell = this.#options.store.get(id);
        const tile = this.#tiles.get(id);
        if (cell && tile) this.#picture(tile, cell);
      }
    }
    // A grid that holds no row at this moment is none.
    if (view.rows.size === 0) {
      for (const name of GRID_ATTRIBUTES) view.body.removeAttribute(name);
      return;
    }
    view.body.setAttribute("role", "grid");
    view.body.setAttribute("aria-labelledby", view.section.getAttribute("aria-labelledby") ?? "");
    view.body.setAttribute("aria-multiselectable", "true");
    view.body.setAttribute("aria-rowcount", String(Math.ceil(cells.length / this.#columns)));
    view.body.setAttribute("aria-colcount", String(this.#columns));
  }

  #makeRow(view: LaneView, row: number, ids: readonly string[]): void {
    const element = make("div", { class: "lane__row", role: "row", "aria-rowindex": row + 1 });
    element.style.transform = `translateY(${row * rowHeight(this.#metrics)}px)`;
    for (const [column, id] of ids.entries()) {
      const cell = this.#options.store.get(id);
      if (!cell) continue;
      const tile = this.#spare.get(id) ?? makeTile(id);
      tile.setAttribute("aria-colindex", String(column + 1));
      this.#tiles.set(id, tile);
      this.#fill(tile, cell);
      element.append(tile);
    }
    view.rows.set(row, element);
    // Rows stand in their order also for those who hear them.
    const after = [...view.rows.entries()].filter(([at]) => at > row).sort(([a], [b]) => a - b)[0]?.[1];
    view.body.insertBefore(element, after ?? null);
  }

  #fill(tile: HTMLElement, cell: Cell): void {
    const { names, lanes, selection, isConflict, pinned, whereOf } = this.#options;
    const state: TileState = {
      ghost: lanes.laneOf(cell.id) !== cell.shown,
      conflict: isConflict(cell.id),
      pinned: pinned() === cell.id,
      selected: selection.has(cell.id),
      active: selection.active === cell.id,
    };
    fillTile(tile, names, cell, whereOf(cell), state);
  }

  #picture(tile: HTMLElement, cell: Cell): void {
    const { scales } = this.#options;
    const picture = scales.picture(cell, this.pixels);
    loadPicture(tile, cell, picture, scales.side(cell.field, scales.windowUm));
  }
}
