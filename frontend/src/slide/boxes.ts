/** Making, moving and resizing boxes; no DOM. Boxes are half-open, in pixels of the field, and stay inside it. */

import { type Direction, height, width } from "../cells/geometry";
import type { Box } from "../cells/types";

/** A box must be at least this large (px of the field); the server takes nothing smaller. */
export const LEAST_SIDE = 4;
/** Side of a first box on a field without boxes: a white cell of about 13 micrometres, or so many pixels. */
const FIRST_UM = 13;
const FIRST_PX = 60;

export type Corner = "nw" | "ne" | "sw" | "se";

export interface Room {
  width: number;
  height: number;
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Round to a tenth of a pixel: what a hand can tell, and no more digits to send. */
function tenths(box: Box): Box {
  return box.map((value) => Math.round(value * 10) / 10) as unknown as Box;
}

/** Return the box shifted, as far as the field goes. */
export function moved(box: Box, dx: number, dy: number, room: Room): Box {
  const x = within(box[0] + dx, 0, room.width - width(box));
  const y = within(box[1] + dy, 0, room.height - height(box));
  return tenths([x, y, x + width(box), y + height(box)]);
}

/** Return the box with one corner shifted; the opposite corner stays, and the box keeps a least size. */
export function resized(box: Box, corner: Corner, dx: number, dy: number, room: Room): Box {
  let [x0, y0, x1, y1] = box;
  if (corner === "nw" || corner === "sw") x0 = within(x0 + dx, 0, x1 - LEAST_SIDE);
  else x1 = within(x1 + dx, x0 + LEAST_SIDE, room.width);
  if (corner === "nw" || corner === "ne") y0 = within(y0 + dy, 0, y1 - LEAST_SIDE);
  else y1 = within(y1 + dy, y0 + LEAST_SIDE, room.height);
  return tenths([x0, y0, x1, y1]);
}

/** Return the box shifted by a step in a direction. */
export function nudged(box: Box, direction: Direction, step: number, room: Room): Box {
  const [dx, dy] = steps(direction, step);
  return moved(box, dx, dy, room);
}

/** Return the box grown (right, down) or shrunk (left, up) by a step about its centre. */
export function scaled(box: Box, direction: Direction, step: number, room: Room): Box {
  const [dx, dy] = steps(direction, step / 2);
  const x0 = Math.max(0, box[0] - dx);
  const y0 = Math.max(0, box[1] - dy);
  const x1 = Math.min(room.width, box[2] + dx);
  const y1 = Math.min(room.height, box[3] + dy);
  if (x1 - x0 < LEAST_SIDE || y1 - y0 < LEAST_SIDE) return box;
  return tenths([x0, y0, x1, y1]);
}

function steps(direction: Direction, step: number): [number, number] {
  if (direction === "left") return [-step, 0];
  if (direction === "right") return [step, 0];
  return direction === "up" ? [0, -step] : [0, step];
}

/** Return the box between two corners, inside the field; null when it is too small to be meant. */
export function between(ax: number, ay: number, bx: number, by: number, room: Room): Box | null {
  const x0 = within(Math.min(ax, bx), 0, room.width);
  const x1 = within(Math.max(ax, bx), 0, room.width);
  const y0 = within(Math.min(ay, by), 0, room.height);
  const y1 = within(Math.max(ay, by), 0, room.height);
  return x1 - x0 < LEAST_SIDE || y1 - y0 < LEAST_SIDE ? null : tenths([x0, y0, x1, y1]);
}

/** Return a box of this size about a point, shifted into the field. */
export function around(x: number, y: number, size: Room, room: Room): Box {
  const w = Math.min(size.width, room.width);
  const h = Math.min(size.height, room.height);
  return moved([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 0, 0, room);
}

/** Return the median width and height of boxes; that of a white cell where there is none. */
export function usualSize(boxes: readonly Box[], umPerPx: number | null): Room {
  if (boxes.length === 0) {
    const side = umPerPx ? FIRST_UM / umPerPx : FIRST_PX;
    return { width: side, height: side };
  }
  return { width: median(boxes.map(width)), height: median(boxes.map(height)) };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? FIRST_PX;
}
