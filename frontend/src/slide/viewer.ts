/** Ties OpenSeadragon to our layer of boxes: one field at a time, boxes drawn in step with the image. */

import OpenSeadragon from "openseadragon";
import { centre, type Direction, intersects, toScreen, type View, visiblePart } from "../cells/geometry";
import type { Cell } from "../cells/store";
import type { Box, FieldInfo } from "../cells/types";
import { BoxLayer } from "./layer";
import type { Style } from "./paint";

/** A box must be at least this large on the screen (px) to count as seen. */
const SEEN_SIDE = 16;
const ZOOM_STEP = 1.4;
const PAN_STEP = 0.2;
/** How much of the screen's shorter side a cell takes when the page goes to it and it was too small to judge. */
const GO_TO_PART = 0.16;

/** Pixels of a screen micrometre, or of the field's pixel where the scale is not known; null for the whole field. */
export interface Zoom {
  perUm: number | null;
  perPx: number;
}

/** What takes the mouse away from panning, such as drawing a box; places in pixels of the field. */
export interface Hand {
  press(x: number, y: number): void;
  drag(x: number, y: number): void;
  release(x: number, y: number): void;
}

export interface ViewerOptions {
  host: HTMLElement;
  styles: ReadonlyMap<string, Style>;
  /** A click: the cell under it, or none, and the place in pixels of the field. */
  onPick: (id: string | null, place: { x: number; y: number }) => void;
  onView: () => void;
  /** The image is on its way, can be drawn, or could not be loaded. */
  onImage: (state: "loading" | "ready" | "failed") => void;
}

export class FieldViewer {
  readonly #options: ViewerOptions;
  readonly #osd: OpenSeadragon.Viewer;
  readonly layer: BoxLayer;
  #field: FieldInfo | null = null;
  #hand: Hand | null = null;
  #zoom: Zoom | null = null;
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
    this.layer = new BoxLayer(options.host, options.styles, () => this.view());
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
    this.layer.clear();
    this.#options.onImage("loading");
    this.#osd.open({ type: "image", url: field.image_url, buildPyramid: true } as never);
  }

  /** Show these cells of the open field. */
  setCells(cells: readonly Cell[]): void {
    if (this.#field) this.layer.setCells(this.#field, cells);
  }

  /** Let something else than panning take the mouse; null gives it back. */
  setHand(hand: Hand | null): void {
    this.#hand = hand;
    this.#options.host.classList.toggle("stage__viewer--drawing", hand !== null);
  }

  /** The picture itself, without the boxes: what display settings apply to. */
  get picture(): HTMLElement | null {
    return this.#osd.drawer?.canvas as HTMLElement | null;
  }

  /** How far the person has zoomed in, to be the same on the next field; null while the whole field is shown. */
  get zoomed(): Zoom | null {
    const view = this.view();
    const field = this.#field;
    if (!view || !field || this.#osd.viewport.getZoom() <= this.#osd.viewport.getHomeZoom() * 1.01)
      return null;
    const perPx = this.#osd.world.getItemAt(0).viewportToImageZoom(this.#osd.viewport.getZoom());
    return { perPx, perUm: field.um_per_px ? perPx / field.um_per_px : null };
  }

  /** Open fields at this zoom from now on. */
  keepZoom(zoom: Zoom | null): void {
    this.#zoom = zoom;
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
    if (!view || !visible || this.layer.hidden) return [];
    return this.layer
      .within(visible)
      .filter(
        (cell) => Math.min(cell.box[2] - cell.box[0], cell.box[3] - cell.box[1]) * view.scale >= SEEN_SIDE,
      )
      .map((cell) => cell.id);
  }

  #panTo(box: Box): void {
    const image = this.#osd.world.getItemAt(0);
    const point = centre(box);
    this.#osd.viewport.panTo(image.imageToViewportCoordinates(point.x, point.y));
    this.#osd.viewport.applyConstraints();
  }

  /** Return the place of the field under a point of the viewer. */
  #placeOf(point: { x: number; y: number }): { x: number; y: number } | null {
    const view = this.view();
    if (!view) return null;
    return { x: (point.x - view.offsetX) / view.scale, y: (point.y - view.offsetY) / view.scale };
  }

  #applyZoom(): void {
    const field = this.#field;
    if (!this.#zoom || !field) return;
    const { perUm, perPx } = this.#zoom;
    const scale = perUm !== null && field.um_per_px ? perUm * field.um_per_px : perPx;
    this.#osd.viewport.zoomTo(this.#osd.world.getItemAt(0).imageToViewportZoom(scale), undefined, true);
    this.#osd.viewport.applyConstraints(true);
  }

  #listen(): void {
    const osd = this.#osd;
    osd.addHandler("open", () => {
      this.#applyZoom();
      this.#options.onImage("ready");
      this.#afterOpen?.();
      this.#afterOpen = null;
      this.layer.redraw();
      this.#options.onView();
    });
    osd.addHandler("open-failed", () => this.#options.onImage("failed"));
    osd.addHandler("update-viewport", () => {
      // In the same frame as the image, so that boxes never swim.
      this.layer.follow();
      this.#options.onView();
    });
    osd.addHandler("resize", () => this.layer.redraw());
    // The page's own keys go through keymap.ts; the viewer's built-in ones would clash ("0" means withdraw here).
    osd.addHandler("canvas-key", (event) => {
      event.preventDefaultAction = true;
    });
    osd.addHandler("canvas-click", (event) => {
      if (!event.quick || this.#hand) return;
      this.focusTarget.focus({ preventScroll: true });
      const view = this.view();
      const place = this.#placeOf(event.position);
      if (view && place) this.#options.onPick(this.layer.at(place.x, place.y, view.scale), place);
    });
    osd.addHandler("canvas-double-click", (event) => {
      if (this.#hand) event.preventDefaultAction = true;
    });
    osd.addHandler("canvas-press", (event) => {
      const place = this.#placeOf(event.position);
      if (this.#hand && place) this.#hand.press(place.x, place.y);
    });
    osd.addHandler("canvas-drag", (event) => {
      const place = this.#placeOf(event.position);
      if (!this.#hand || !place) return;
      event.preventDefaultAction = true;
      this.#hand.drag(place.x, place.y);
    });
    osd.addHandler("canvas-drag-end", (event) => {
      if (this.#hand) event.preventDefaultAction = true;
    });
    osd.addHandler("canvas-release", (event) => {
      const place = this.#placeOf(event.position);
      if (this.#hand && place) this.#hand.release(place.x, place.y);
    });
  }
}
