/**
 * Draws boxes on a 2-D canvas. Every box is a colour line between a black and a white one, so that it stands out on
 * pink, purple and grey alike, and carries a letter, so that colour never stands alone: dashed while it is only a
 * suggestion, solid once a person said so. Small boxes become dots.
 */

import { inkOn, toScreen, type View } from "../cells/geometry";
import type { Cell } from "../cells/store";
import { type Box, type ClassInfo, UNIDENTIFIED } from "../cells/types";

/** Below this side (screen px) a box is a dot; below the second one it has no letter and a simpler line. */
const DOT_BELOW = 10;
/** With more boxes than this in view, lines would hide the image: dots up to a larger side. */
const CROWD = 1_500;
const DOT_BELOW_IN_CROWD = 24;
const PLAIN_BELOW = 26;
const DOT_RADIUS = 3.5;
const DASH = [6, 4];
const DOTS = [1.5, 3.5];
const TAG = 16;
const TAG_FONT = "600 12px system-ui, sans-serif";

export interface Style {
  letter: string;
  colour: string;
  kind: "class" | "unidentified" | "not-classed";
}

/** Return how each class is drawn, by name; UNIDENTIFIED among them. */
export function stylesOf(classes: readonly ClassInfo[]): Map<string, Style> {
  const styles = new Map<string, Style>();
  for (const cls of classes) {
    const kind = cls.role === "unclassifiable" ? "not-classed" : "class";
    styles.set(cls.name, { letter: cls.letter, colour: cls.colour, kind });
  }
  styles.set(UNIDENTIFIED, { letter: "?", colour: "#ffffff", kind: "unidentified" });
  return styles;
}

const UNKNOWN: Style = { letter: "?", colour: "#ffffff", kind: "unidentified" };

type Pen = CanvasRenderingContext2D;

/** Trace a box side by side, each from its corner, so that dashes of nested boxes stay in step. */
function trace(pen: Pen, box: Box, inset: number): void {
  const x0 = Math.round(box[0]) + inset;
  const y0 = Math.round(box[1]) + inset;
  const x1 = Math.round(box[2]) - inset;
  const y1 = Math.round(box[3]) - inset;
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y0);
  pen.moveTo(x0, y1);
  pen.lineTo(x1, y1);
  pen.moveTo(x0, y0);
  pen.lineTo(x0, y1);
  pen.moveTo(x1, y0);
  pen.lineTo(x1, y1);
}

function line(pen: Pen, box: Box, inset: number, colour: string, lineWidth: number): void {
  pen.beginPath();
  trace(pen, box, inset);
  pen.strokeStyle = colour;
  pen.lineWidth = lineWidth;
  pen.stroke();
}

function fullBox(pen: Pen, box: Box, style: Style, human: boolean): void {
  pen.lineCap = "butt";
  if (style.kind === "unidentified") {
    pen.setLineDash([]);
    line(pen, box, 0, "#ffffff", 3);
    pen.setLineDash([6, 6]);
    line(pen, box, 0, "#000000", 3);
    pen.setLineDash([]);
    return;
  }
  const dash = style.kind === "not-classed" ? DOTS : human ? [] : DASH;
  pen.setLineDash(dash);
  line(pen, box, -1.75, "#000000", 1.5);
  line(pen, box, 1.75, "#ffffff", 1.5);
  line(pen, box, 0, style.colour, 2.5);
  pen.setLineDash([]);
}

function tag(pen: Pen, box: Box, style: Style, human: boolean): void {
  const x = Math.round(box[0]) - 2.5;
  const above = box[1] >= TAG + 2;
  const y = above ? Math.round(box[1]) - TAG - 1 : Math.round(box[1]) - 2.5;
  const solid = human && style.kind === "class";
  pen.fillStyle = solid ? style.colour : "#ffffff";
  pen.fillRect(x, y, TAG, TAG);
  pen.strokeStyle = "#000000";
  pen.lineWidth = 1;
  pen.strokeRect(x + 0.5, y + 0.5, TAG - 1, TAG - 1);
  if (!solid && style.kind === "class") {
    pen.fillStyle = style.colour;
    pen.fillRect(x + 1, y + TAG - 4, TAG - 2, 3);
  }
  pen.fillStyle = solid ? inkOn(style.colour) : "#000000";
  pen.fillText(style.letter, x + TAG / 2, y + (solid ? TAG / 2 + 0.5 : TAG / 2 - 1));
}

function ring(pen: Pen, box: Box): void {
  const outside = Math.min(box[2] - box[0], box[3] - box[1]) < DOT_BELOW ? -8 : -6;
  pen.setLineDash([]);
  pen.lineJoin = "round";
  for (const [colour, lineWidth] of [
    ["#000000", 7],
    ["#ffffff", 5],
    ["#1d4f91", 3],
  ] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = lineWidth;
    pen.strokeRect(
      Math.round(box[0]) + outside,
      Math.round(box[1]) + outside,
      Math.round(box[2] - box[0]) - 2 * outside,
      Math.round(box[3] - box[1]) - 2 * outside,
    );
  }
}

const PLAIN_DASH = 4;
const PLAIN_GAP = 3;

/** Fill one side of a small box, in dashes or whole; `along` runs from `from` to `to` on the axis of the side. */
function side(pen: Pen, upright: boolean, at: number, from: number, to: number, dashed: boolean): void {
  const step = dashed ? PLAIN_DASH + PLAIN_GAP : to - from;
  const length = dashed ? PLAIN_DASH : to - from;
  for (let along = from; along < to; along += step) {
    const part = Math.min(length, to - along);
    if (upright) pen.fillRect(at, along, 2, part);
    else pen.fillRect(along, at, part, 2);
  }
}

/**
 * Draw a small box by filling rectangles: a path of thousands of strokes takes a software rasteriser many times as
 * long. A dark line below, the class colour in it.
 */
function plainBox(pen: Pen, box: Box, style: Style, human: boolean): void {
  const x0 = Math.round(box[0]) - 1;
  const y0 = Math.round(box[1]) - 1;
  const x1 = Math.round(box[2]) - 1;
  const y1 = Math.round(box[3]) - 1;
  pen.fillStyle = "#000000";
  pen.fillRect(x0 - 1, y0 - 1, x1 - x0 + 4, 4);
  pen.fillRect(x0 - 1, y1 - 1, x1 - x0 + 4, 4);
  pen.fillRect(x0 - 1, y0 - 1, 4, y1 - y0 + 4);
  pen.fillRect(x1 - 1, y0 - 1, 4, y1 - y0 + 4);
  pen.fillStyle = style.kind === "class" ? style.colour : "#ffffff";
  const dashed = !human || style.kind !== "class";
  side(pen, false, y0, x0, x1 + 2, dashed);
  side(pen, false, y1, x0, x1 + 2, dashed);
  side(pen, true, x0, y0, y1 + 2, dashed);
  side(pen, true, x1, y0, y1 + 2, dashed);
}

const DOT_SIDE = 12;
const stamps = new Map<string, OffscreenCanvas>();

/** The picture of a dot, drawn once: stamping it is far quicker than a circle for each of thousands of cells. */
function stamp(colour: string, density: number): OffscreenCanvas {
  const key = `${colour} ${density}`;
  const known = stamps.get(key);
  if (known) return known;
  const made = new OffscreenCanvas(DOT_SIDE * density, DOT_SIDE * density);
  const pen = made.getContext("2d");
  if (pen) {
    pen.scale(density, density);
    pen.beginPath();
    pen.arc(DOT_SIDE / 2, DOT_SIDE / 2, DOT_RADIUS, 0, 2 * Math.PI);
    pen.fillStyle = colour;
    pen.fill();
    pen.strokeStyle = "#000000";
    pen.lineWidth = 1.25;
    pen.stroke();
  }
  stamps.set(key, made);
  return made;
}

function dot(pen: Pen, box: Box, style: Style, density: number): void {
  const picture = stamp(style.kind === "class" ? style.colour : "#ffffff", density);
  // On whole pixels of the screen, where no resampling is needed.
  const x = Math.round(((box[0] + box[2]) / 2 - DOT_SIDE / 2) * density) / density;
  const y = Math.round(((box[1] + box[3]) / 2 - DOT_SIDE / 2) * density) / density;
  pen.drawImage(picture, x, y, DOT_SIDE, DOT_SIDE);
}

/** Draw the cells in view and the ring of the selected one; the pen is in screen pixels of the viewer. */
export function paintCells(
  pen: Pen,
  cells: readonly Cell[],
  view: View,
  styles: ReadonlyMap<string, Style>,
  selected: Cell | null,
  density: number,
): void {
  const large: [Cell, Box, Style][] = [];
  const dotBelow = cells.length > CROWD ? DOT_BELOW_IN_CROWD : DOT_BELOW;
  for (const cell of cells) {
    const box = toScreen(cell.box, view);
    const style = styles.get(cell.shown) ?? UNKNOWN;
    const side = Math.min(box[2] - box[0], box[3] - box[1]);
    if (side < dotBelow) dot(pen, box, style, density);
    else if (side < PLAIN_BELOW) plainBox(pen, box, style, cell.label !== "");
    else large.push([cell, box, style]);
  }
  if (selected) ring(pen, toScreen(selected.box, view));
  for (const [cell, box, style] of large) fullBox(pen, box, style, cell.label !== "");
  pen.font = TAG_FONT;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const [cell, box, style] of large) tag(pen, box, style, cell.label !== "");
}

/** Draw a box that is being made or moved (solid), or one as somebody else left it (dashed). */
export function paintEdit(pen: Pen, box: Box, view: View, whose: "mine" | "theirs"): void {
  const screen = toScreen(box, view);
  for (const [colour, lineWidth] of [
    ["#000000", 5],
    ["#ffffff", 3],
  ] as const) {
    pen.setLineDash(whose === "theirs" ? [8, 6] : []);
    line(pen, screen, 0, colour, lineWidth);
  }
  if (whose === "mine") line(pen, screen, 0, "#1d4f91", 1.5);
  pen.setLineDash([]);
}
