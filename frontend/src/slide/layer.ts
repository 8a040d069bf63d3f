/** The canvas of boxes over the image: what is on it, and how it follows the image while that moves. */

import { grow, intersects, type View, visiblePart } from "../cells/geometry";
import type { Cell } from "../cells/store";
import type { Box, FieldInfo } from "../cells/types";
import { GridIndex } from "./grid";
import { paintCells, paintEdit, type Style } from "./paint";

/**
 * With more boxes than this in view a movement shifts the drawn layer as it is, and draws it anew at most this often
 * (ms) and when the movement rests.
 */
const SHIFT_ABOVE = 600;
const REDRAW_EVERY_MS = 300;
const REST_MS = 90;

/** A box that is being made or moved, of a cell or of none yet. */
export interface Edit {
  cell: string | null;
  box: Box;
}

export class BoxLayer {
  readonly #canvas = document.createElement("canvas");
  readonly #pen: CanvasRenderingContext2D;
  readonly #styles: ReadonlyMap<string, Style>;
  readonly #view: () => View | null;
  readonly #host: HTMLElement;
  #cells = new Map<string, Cell>();
  #grid: GridIndex<Cell> | null = null;
  #selected: string | null = null;
  #edit: Edit | null = null;
  #ghosts: readonly Box[] = [];
  #hidden = false;
  #frame = 0;
  #drawn: { view: View; count: number; at: number } | null = null;
  #restTimer = 0;

  /** `view` tells how the image lies on the screen now. */
  constructor(host: HTMLElement, styles: ReadonlyMap<string, Style>, view: () => View | null) {
    this.#host = host;
    this.#styles = styles;
    this.#view = view;
    this.#canvas.className = "stage__boxes";
    this.#canvas.setAttribute("aria-hidden", "true");
    host.append(this.#canvas);
    const pen = this.#canvas.getContext("2d");
    if (!pen) throw new Error("The browser offers no 2-D canvas");
    this.#pen = pen;
  }

  /** Another field is being opened: nothing is drawn until its cells are there. */
  clear(): void {
    this.#cells = new Map();
    this.#grid = null;
    this.#edit = null;
  }

  setCells(field: FieldInfo, cells: readonly Cell[]): void {
    this.#cells = new Map(cells.map((cell) => [cell.id, cell]));
    this.#grid = new GridIndex(cells, field.width, field.height);
    this.redraw();
  }

  /** Replace one cell, without a new index for all. */
  updateCell(cell: Cell): void {
    const old = this.#cells.get(cell.id);
    if (!old) return;
    this.#cells.set(cell.id, cell);
    if (old.box !== cell.box) this.#grid?.replace(old.box, cell);
    this.redraw();
  }

  setSelected(id: string | null): void {
    this.#selected = id;
    this.redraw();
  }

  setHidden(hidden: boolean): void {
    this.#hidden = hidden;
    this.redraw();
  }

  get hidden(): boolean {
    return this.#hidden;
  }

  /** Draw a box that is being made or moved; null for none. */
  setEdit(edit: Edit | null): void {
    this.#edit = edit;
    this.redraw();
  }

  /** Draw boxes as other people left them, beside one's own. */
  setGhosts(boxes: readonly Box[]): void {
    this.#ghosts = boxes;
    this.redraw();
  }

  within(box: Box): Cell[] {
    return this.#grid?.within(box) ?? [];
  }

  /** The cell under a point of the field; a dot in the overview is as easy to hit as a box. */
  at(x: number, y: number, scale: number): string | null {
    const hit = this.#grid?.at(x, y);
    if (hit) return hit.id;
    return this.within(grow([x, y, x, y], 8 / scale))[0]?.id ?? null;
  }

  /** Draw the boxes with the next frame. */
  redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  /** Keep the boxes on the image while it moves, in the same frame. */
  follow(): void {
    const view = this.#view();
    const drawn = this.#drawn;
    const now = performance.now();
    if (!view || !drawn || drawn.count < SHIFT_ABOVE || now - drawn.at > REDRAW_EVERY_MS) {
      this.draw();
      return;
    }
    const factor = view.scale / drawn.view.scale;
    const dx = view.offsetX - factor * drawn.view.offsetX;
    const dy = view.offsetY - factor * drawn.view.offsetY;
    this.#canvas.style.transform = `translate(${dx}px, ${dy}px) scale(${factor})`;
    window.clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.redraw(), REST_MS);
  }

  draw(): void {
    this.#canvas.style.transform = "";
    this.#drawn = null;
    const width = this.#host.clientWidth;
    const height = this.#host.clientHeight;
    const density = window.devicePixelRatio || 1;
    if (
      this.#canvas.width !== Math.round(width * density) ||
      this.#canvas.height !== Math.round(height * density)
    ) {
      this.#canvas.width = Math.round(width * density);
      this.#canvas.height = Math.round(height * density);
    }
    const pen = this.#pen;
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, width, height);
    const view = this.#view();
    if (!view || !this.#grid || this.#hidden) return;
    const visible = grow(visiblePart(view, width, height), 24 / view.scale);
    const cells: Cell[] = [];
    for (const { id } of this.#grid.within(visible)) {
      const cell = this.#cells.get(id);
      if (cell && cell.id !== this.#edit?.cell) cells.push(cell);
    }
    const selected = this.#selected === null ? undefined : this.#cells.get(this.#selected);
    const ringed = selected && selected.id !== this.#edit?.cell && intersects(selected.box, visible);
    this.#drawn = { view, count: cells.length, at: performance.now() };
    paintCells(pen, cells, view, this.#styles, ringed ? selected : null, density);
    for (const ghost of this.#ghosts) paintEdit(pen, ghost, view, "theirs");
    if (this.#edit) paintEdit(pen, this.#edit.box, view, "mine");
  }
}
