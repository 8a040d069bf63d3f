/** A small map of the whole field with its cells and the part on screen; hidden while all of it is on screen. */

import type { Cell } from "../cells/store";
import type { Box, FieldInfo } from "../cells/types";
import type { Style } from "./paint";

const SIDE = 160;
const CROWD = 300;

export class MiniMap {
  readonly #host: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #image = new Image();
  readonly #styles: ReadonlyMap<string, Style>;
  #field: FieldInfo | null = null;
  #cells: readonly Cell[] = [];
  #part: Box | null = null;

  constructor(
    host: HTMLElement,
    canvas: HTMLCanvasElement,
    styles: ReadonlyMap<string, Style>,
    onPick: (x: number, y: number) => void,
  ) {
    this.#host = host;
    this.#canvas = canvas;
    this.#styles = styles;
    this.#image.addEventListener("load", () => this.#draw());
    const pick = (event: PointerEvent): void => {
      if (!this.#field) return;
      const area = canvas.getBoundingClientRect();
      onPick(
        ((event.clientX - area.left) / area.width) * this.#field.width,
        ((event.clientY - area.top) / area.height) * this.#field.height,
      );
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pick(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) pick(event);
    });
  }

  setField(field: FieldInfo): void {
    if (this.#field?.id === field.id) return;
    this.#field = field;
    const scale = SIDE / Math.max(field.width, field.height);
    this.#canvas.width = Math.max(1, Math.round(field.width * scale));
    this.#canvas.height = Math.max(1, Math.round(field.height * scale));
    this.#image.src = field.thumbnail_url;
  }

  setCells(cells: readonly Cell[]): void {
    this.#cells = cells;
    this.#draw();
  }

  setPart(part: Box | null): void {
    this.#part = part;
    const field = this.#field;
    const whole =
      !part ||
      !field ||
      (part[0] <= 1 && part[1] <= 1 && part[2] >= field.width - 1 && part[3] >= field.height - 1);
    this.#host.hidden = whole;
    if (!whole) this.#draw();
  }

  #draw(): void {
    const pen = this.#canvas.getContext("2d");
    const field = this.#field;
    if (!pen || !field || this.#host.hidden) return;
    const { width, height } = this.#canvas;
    const scale = width / field.width;
    pen.clearRect(0, 0, width, height);
    if (this.#image.complete && this.#image.naturalWidth > 0) pen.drawImage(this.#image, 0, 0, width, height);
    // Where cells lie close, small dots keep the image to be seen.
    const edge = this.#cells.length > CROWD ? 0 : 1;
    for (const cell of this.#cells) {
      const x = ((cell.box[0] + cell.box[2]) / 2) * scale;
      const y = ((cell.box[1] + cell.box[3]) / 2) * scale;
      if (edge > 0) {
        pen.fillStyle = "#000000";
        pen.fillRect(x - 2, y - 2, 4, 4);
      }
      pen.fillStyle = this.#styles.get(cell.shown)?.colour ?? "#ffffff";
      pen.fillRect(x - edge, y - edge, 1 + edge, 1 + edge);
    }
    if (!this.#part) return;
    const [x0, y0, x1, y1] = this.#part.map((value) => value * scale) as [number, number, number, number];
    for (const [colour, lineWidth] of [
      ["#000000", 4],
      ["#ffffff", 2],
    ] as const) {
      pen.strokeStyle = colour;
      pen.lineWidth = lineWidth;
      pen.strokeRect(
        Math.max(1, x0),
        Math.max(1, y0),
        Math.min(width, x1) - Math.max(1, x0) - 1,
        Math.min(height, y1) - Math.max(1, y0) - 1,
      );
    }
  }
}
