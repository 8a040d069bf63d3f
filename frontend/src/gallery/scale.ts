/** Which part of a field stands for a cell, so that all cells are drawn at one physical scale. No DOM. */

import type { Box } from "../cells/types";
import type { GalleryField } from "./document";

/** The sides that the server draws parts at, in pixels. */
const SIZES = [96, 128, 192, 256, 384, 512, 768] as const;
const LONGEST_SIDE = 4096;
/** Of fields without a scale: how many times the usual cell the part is wide. */
const TIMES_THE_USUAL = 2;
const USUAL_SIDE_PX = 80;

export interface Part {
  /** Centre and side, in whole pixels of the field. */
  x: number;
  y: number;
  side: number;
}

/** What is drawn for a cell. */
export interface Picture {
  url: string;
  /** The part of the field, or null when the stored crop of the cell stands in. */
  part: Part | null;
  /** The scale is not known: sizes of cells must not be compared. */
  unscaled: boolean;
  /** The cell reaches beyond the part. */
  clipped: boolean;
}

export function sideOf(box: Box): number {
  return Math.max(box[2] - box[0], box[3] - box[1]);
}

/** Return the diameter of the circle with the area of a box, in the unit of the box. */
export function sizeOf(box: Box): number {
  return 2 * Math.sqrt(((box[2] - box[0]) * (box[3] - box[1])) / Math.PI);
}

/** Return the usual side of cells in pixels: the median; of none a guess. */
export function usualSide(boxes: readonly Box[]): number {
  const sides = boxes.map(sideOf).sort((a, b) => a - b);
  return sides[Math.floor(sides.length / 2)] ?? USUAL_SIDE_PX;
}

export class Scales {
  readonly #fields: ReadonlyMap<string, GalleryField>;

  /**
   * `windowUm`: the side of a part in micrometres; `usual`: the usual side of a cell in pixels, by which parts of
   * fields without a scale are cut.
   */
  constructor(
    fields: readonly GalleryField[],
    readonly windowUm: number,
    readonly usual: number,
  ) {
    this.#fields = new Map(fields.map((field) => [field.id, field]));
  }

  field(id: string): GalleryField | undefined {
    return this.#fields.get(id);
  }

  /** Return micrometres per pixel of a field, null when unknown. */
  umPerPx(field: string): number | null {
    return this.#fields.get(field)?.um_per_px ?? null;
  }

  /** Return how wide a part of so many micrometres is in pixels of the field. */
  side(field: string, um: number): number {
    const scale = this.umPerPx(field);
    const side = scale === null ? (TIMES_THE_USUAL * this.usual * um) / this.windowUm : um / scale;
    return Math.max(8, Math.min(LONGEST_SIDE, Math.round(side)));
  }

  /** Return what to draw for a cell at `pixels` device pixels, with `um` micrometres around its middle. */
  picture(
    cell: { field: string; box: Box; cropUrl: string },
    pixels: number,
    um: number = this.windowUm,
  ): Picture {
    const field = this.#fields.get(cell.field);
    const unscaled = (field?.um_per_px ?? null) === null;
    const side = this.side(cell.field, um);
    const clipped = sideOf(cell.box) > side;
    if (!field?.windowed) return { url: cell.cropUrl, part: null, unscaled, clipped: false };
    const x = Math.max(0, Math.round((cell.box[0] + cell.box[2]) / 2));
    const y = Math.max(0, Math.round((cell.box[1] + cell.box[3]) / 2));
    const size = SIZES.find((candidate) => candidate >= pixels) ?? 768;
    const url = `/fields/${field.id}/window/${x}/${y}/${side}/${size}/`;
    return { url, part: { x, y, side }, unscaled, clipped };
  }
}

/** Return where a box lies in a picture of a part, in parts of its side (0 to 1). */
export function boxInPart(
  box: Box,
  part: Part,
): { left: number; top: number; width: number; height: number } {
  const left = part.x - Math.floor(part.side / 2);
  const top = part.y - Math.floor(part.side / 2);
  return {
    left: (box[0] - left) / part.side,
    top: (box[1] - top) / part.side,
    width: (box[2] - box[0]) / part.side,
    height: (box[3] - box[1]) / part.side,
  };
}
