/** Ties OpenSeadragon to our canvas of boxes: one field at a time, boxes drawn in step with the image. */

import OpenSeadragon from "openseadragon";
import { centre, type Direction, grow, intersects, toScreen, type View, visiblePart } from "../cells/geometry";
import type { Cell } from "../cells/store";
import type { Box, FieldInfo } from "../cells/types";
import { GridIndex } from "./grid";
import { paintCells, type Style } from "./paint";

/** A box must be at least this large on the screen (px) to count as seen. */
const SEEN_SIDE = 16;
const ZOOM_STEP = 1.4;
const PAN_STEP = 0.2;
/** How much of the screen's shorter side a cell takes when the page goes to it and it was too small to judge. */
const GO_TO_PART = 0.16;

/**
 * With more boxes than this in view a movement shifts the drawn layer as it is, and draws it anew at most this often
 * (ms) and when the movement rests.
 */
const SHIFT_ABOVE = 600;
const REDRAW_EVERY_MS = 300;
const REST_MS = 90;

export interface ViewerOptions {
  host: HTMLElement;
  styles: ReadonlyMap<string, Style>;
  onPick: (id: string | null) => void;
  onView: () => void;
  /** The image is on its way, can be drawn, or could not be loaded. */
  onImage: (state: "loading" | "ready" | "failed") => void;
}

export class FieldViewer {
  readonly #options: ViewerOptions;
  readonly #osd: OpenSeadragon.Viewer;
  readonly #canvas = document.createElement("canvas");
  readonly #pen: CanvasRenderingContext2D;
  #field: FieldInfo | null = null;
  #cells = new Map<string, Cell>();
  #grid: GridIndex<Cell> | null = null;
  #selected: string | null = null;
  #hidden = false;
  #frame = 0;
  #drawn: { view: View; count: number; at: number } | null = null;
  #restTimer = 0;
  #afterOpen: (() => void) | null = null;

  constructor(options: ViewerOptions) {
    this.#options = options;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#osd = OpenSeadragon({
      element: options.host,
      drawer: "canvas",
      prefixUrl: "",
      showNavigationControl: false,
      showNavigator: false,
      animationTime: still ? 0 : 0.12,
      springStiffness: 9,
      minZoomImageRatio: 0.8,
      maxZoomPixelRatio: 8,
      visibilityRatio: 0.4,
      constrainDuringPan: true,
      imageSmoothingEnabled: true,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true },
    });
    this.#canvas.className = "stage__boxes";
    this.#canvas.setAttribute("aria-hidden", "true");
    options.host.append(this.#canvas);
    const pen = this.#canvas.getContext("2d");
    if (!pen) throw new Error("The browser offers no 2-D canvas");
    this.#pen = pen;
    // The image takes keys of its own, so assistive technology must hand them through.
    this.focusTarget.setAttribute("role", "application");
    this.#listen();
  }

  /** The element that takes the keyboard focus. */
  get focusTarget(): HTMLElement {
    return this.#osd.canvas as HTMLElement;
  }

  get field(): FieldInfo | null {
    return this.#field;
  }

  /** Take what became known of the open field, such as the scale that an analysis found. */
  learn(fields: readonly FieldInfo[]): void {
    const field = fields.find((candidate) => candidate.id === this.#field?.id);
    if (!field) return;
    this.#field = field;
    this.#options.onView();
  }

  /** Open a field; `then` runs once its image can be drawn. */
  open(field: FieldInfo, then?: () => void): void {
    if (this.#field?.id === field.id) {
      if (this.#osd.world.getItemCount() > 0) then?.();
      else this.#afterOpen = then ?? null;
      return;
    }
    this.#field = field;
    this.#afterOpen = then ?? null;
    this.#cells = new Map();
    this.#grid = null;
    this.#options.onImage("loading");
    this.#osd.open({ type: "image", url: field.image_url, buildPyramid: true } as never);
  }

  /** Show these cells of the open field. */
  setCells(cells: readonly Cell[]): void {
    const field = this.#field;
    if (!field) return;
    this.#cells = new Map(cells.map((cell) => [cell.id, cell]));
    this.#grid = new GridIndex(cells, field.width, field.height);
    this.redraw();
  }

  /** Replace one cell that keeps its box (a new class), without a new index. */
  updateCell(cell: Cell): void {
    if (!this.#cells.has(cell.id)) return;
    this.#cells.set(cell.id, cell);
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

  /** Bring a box into sight; moves no more than is needed. */
  goTo(box: Box): void {
    const view = this.view();
    if (!view) return;
    const [width, height] = this.size();
    const part = GO_TO_PART * Math.min(width, height);
    const side = Math.max(box[2] - box[0], box[3] - box[1]) * view.scale;
    if (side < part / 2) {
      const image = this.#osd.world.getItemAt(0);
      const zoom = image.imageToViewportZoom(part / Math.max(box[2] - box[0], box[3] - box[1]));
      this.#osd.viewport.zoomTo(zoom, undefined, false);
      this.#panTo(box);
      return;
    }
    // A cell at the field's edge is in sight too; moving it to the middle would show more of nothing.
    const inside: Box = [-2, -2, width + 2, height + 2];
    const screen = toScreen(box, view);
    const fits =
      screen[0] >= inside[0] && screen[1] >= inside[1] && screen[2] <= inside[2] && screen[3] <= inside[3];
    if (!fits) this.#panTo(box);
  }

  /** Centre the view on a point of the image, in image pixels. */
  centreOn(x: number, y: number): void {
    this.#panTo([x, y, x, y]);
  }

  /** Zoom by one step, about the centre of `about` when that is on screen. */
  zoom(step: 1 | -1, about: Box | null): void {
    const visible = this.visible();
    if (!visible) return;
    const point = about && intersects(about, visible) ? centre(about) : centre(visible);
    const fixed = this.#osd.world.getItemAt(0).imageToViewportCoordinates(point.x, point.y);
    this.#osd.viewport.zoomBy(step === 1 ? ZOOM_STEP : 1 / ZOOM_STEP, fixed);
    this.#osd.viewport.applyConstraints();
  }

  fit(): void {
    this.#osd.viewport.goHome();
  }

  /** Show one image pixel as one screen pixel. */
  actualSize(): void {
    this.#osd.viewport.zoomTo(this.#osd.viewport.imageToViewportZoom(1));
  }

  pan(direction: Direction): void {
    const bounds = this.#osd.viewport.getBounds();
    const dx = direction === "left" ? -bounds.width : direction === "right" ? bounds.width : 0;
    const dy = direction === "up" ? -bounds.height : direction === "down" ? bounds.height : 0;
    this.#osd.viewport.panBy(new OpenSeadragon.Point(dx * PAN_STEP, dy * PAN_STEP));
    this.#osd.viewport.applyConstraints();
  }

  /** How image pixels lie on the screen now; null while no image is open. */
  view(): View | null {
    if (this.#osd.world.getItemCount() === 0) return null;
    const image = this.#osd.world.getItemAt(0);
    const origin = image.imageToViewerElementCoordinates(new OpenSeadragon.Point(0, 0));
    const scale = image.viewportToImageZoom(this.#osd.viewport.getZoom(true));
    return { scale, offsetX: origin.x, offsetY: origin.y };
  }

  /** The viewer's size on the screen in CSS pixels. */
  size(): [number, number] {
    return [this.#options.host.clientWidth, this.#options.host.clientHeight];
  }

  /** The part of the field on screen, in image pixels. */
  visible(): Box | null {
    const view = this.view();
    return view && visiblePart(view, ...this.size());
  }

  /** The cells that are on screen and large enough to have been seen. */
  cellsOnScreen(): string[] {
    const view = this.view();
    const visible = this.visible();
    if (!view || !visible || !this.#grid || this.#hidden) return [];
    return this.#grid
      .within(visible)
      .filter(
        (cell) => Math.min(cell.box[2] - cell.box[0], cell.box[3] - cell.box[1]) * view.scale >= SEEN_SIDE,
      )
      .map((cell) => cell.id);
  }

  /** Draw the boxes with the next frame. */
  redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #panTo(box: Box): void {
    const image = this.#osd.world.getItemAt(0);
    const point = centre(box);
    this.#osd.viewport.panTo(image.imageToViewportCoordinates(point.x, point.y));
    this.#osd.viewport.applyConstraints();
  }

  #listen(): void {
    const osd = this.#osd;
    osd.addHandler("open", () => {
      this.#options.onImage("ready");
      this.#afterOpen?.();
      this.#afterOpen = null;
      this.redraw();
      this.#options.onView();
    });
    osd.addHandler("open-failed", () => this.#options.onImage("failed"));
    osd.addHandler("update-viewport", () => {
      // In the same frame as the image, so that boxes never swim.
      this.#follow();
      this.#options.onView();
    });
    osd.addHandler("resize", () => this.redraw());
    // The page's own keys go through keymap.ts; the viewer's built-in ones would clash ("0" means withdraw here).
    osd.addHandler("canvas-key", (event) => {
      event.preventDefaultAction = true;
    });
    osd.addHandler("canvas-click", (event) => {
      if (!event.quick) return;
      this.focusTarget.focus({ preventScroll: true });
      const view = this.view();
      if (!view || !this.#grid) return;
      const x = (event.position.x - view.offsetX) / view.scale;
      const y = (event.position.y - view.offsetY) / view.scale;
      this.#options.onPick(this.#pick(x, y, view.scale));
    });
  }

  /** The cell under a point; a dot in the overview is as easy to hit as a box. */
  #pick(x: number, y: number, scale: number): string | null {
    const hit = this.#grid?.at(x, y);
    if (hit) return hit.id;
    const reach = 8 / scale;
    return this.#grid?.within(grow([x, y, x, y], reach))[0]?.id ?? null;
  }

  /** Keep the boxes on the image while it moves. */
  #follow(): void {
    const view = this.view();
    const drawn = this.#drawn;
    const now = performance.now();
    if (!view || !drawn || drawn.count < SHIFT_ABOVE || now - drawn.at > REDRAW_EVERY_MS) {
      this.#draw();
      return;
    }
    const factor = view.scale / drawn.view.scale;
    const dx = view.offsetX - factor * drawn.view.offsetX;
    const dy = view.offsetY - factor * drawn.view.offsetY;
    this.#canvas.style.transform = `translate(${dx}px, ${dy}px) scale(${factor})`;
    window.clearTimeout(this.#restTimer);
    this.#restTimer = window.setTimeout(() => this.redraw(), REST_MS);
  }

  #draw(): void {
    this.#canvas.style.transform = "";
    this.#drawn = null;
    const [width, height] = this.size();
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
    const view = this.view();
    if (!view || !this.#grid || this.#hidden) return;
    const visible = grow(visiblePart(view, width, height), 24 / view.scale);
    const cells: Cell[] = [];
    for (const { id } of this.#grid.within(visible)) {
      const cell = this.#cells.get(id);
      if (cell) cells.push(cell);
    }
    const selected = this.#selected === null ? undefined : this.#cells.get(this.#selected);
    const ringed = selected && intersects(selected.box, visible) ? selected : null;
    this.#drawn = { view, count: cells.length, at: performance.now() };
    paintCells(pen, cells, view, this.#options.styles, ringed, density);
  }
}
