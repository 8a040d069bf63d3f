/** Plain geometry of boxes, views and scale bars; no DOM. Boxes are half-open, in pixels of the field. */

import type { Box } from "./types";

export interface Point {
  x: number;
  y: number;
}

/** How image pixels become screen pixels: screen = offset + scale * image. */
export interface View {
  scale: number;
  offsetX: number;
  offsetY: number;
}

export function width(box: Box): number {
  return box[2] - box[0];
}

export function height(box: Box): number {
  return box[3] - box[1];
}

export function area(box: Box): number {
  return width(box) * height(box);
}

export function centre(box: Box): Point {
  return { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 };
}

/** Tell whether a point lies in a box; the right and lower edges are outside. */
export function contains(box: Box, x: number, y: number): boolean {
  return x >= box[0] && x < box[2] && y >= box[1] && y < box[3];
}

/** Tell whether two boxes share any area. */
export function intersects(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

/** Return the box made larger by `margin` on every side. */
export function grow(box: Box, margin: number): Box {
  return [box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin];
}

/** Return the box on the screen. */
export function toScreen(box: Box, view: View): Box {
  return [
    view.offsetX + box[0] * view.scale,
    view.offsetY + box[1] * view.scale,
    view.offsetX + box[2] * view.scale,
    view.offsetY + box[3] * view.scale,
  ];
}

/** Return the part of the image that a screen of this size shows, in image pixels. */
export function visiblePart(view: View, screenWidth: number, screenHeight: number): Box {
  return [
    -view.offsetX / view.scale,
    -view.offsetY / view.scale,
    (screenWidth - view.offsetX) / view.scale,
    (screenHeight - view.offsetY) / view.scale,
  ];
}

export interface ScaleBar {
  /** Length on the screen in pixels. */
  length: number;
  label: string;
}

/**
 * Return the longest round scale bar (1, 2 or 5 times a power of ten micrometres) that fits in `maxLength` screen
 * pixels, or null when the scale is not known. An estimated scale is marked by "about".
 */
export function scaleBar(
  umPerPx: number | null,
  viewScale: number,
  maxLength: number,
  estimated: boolean,
): ScaleBar | null {
  if (umPerPx === null || !(umPerPx > 0) || !(viewScale > 0)) return null;
  const umPerScreenPx = umPerPx / viewScale;
  const most = maxLength * umPerScreenPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1;
  const um = factor * power;
  const [value, unit] = um >= 1000 ? [um / 1000, "mm"] : [um, "µm"];
  const text = `${Number(value.toPrecision(1))} ${unit}`;
  return { length: um / umPerScreenPx, label: estimated ? `about ${text}` : text };
}

export type Direction = "left" | "right" | "up" | "down";

/**
 * Return the index of the nearest centre that lies in a direction from `from`, or -1. What is off the axis counts
 * twice, so that the eye agrees with the arrow key.
 */
export function nearestInDirection(centres: readonly Point[], from: Point, direction: Direction): number {
  let best = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const [index, point] of centres.entries()) {
    const dx = point.x - from.x;
    const dy = point.y - from.y;
    const along = direction === "left" ? -dx : direction === "right" ? dx : direction === "up" ? -dy : dy;
    const across = Math.abs(direction === "left" || direction === "right" ? dy : dx);
    if (along <= 0 || across > 2 * along) continue;
    const cost = along + 2 * across;
    if (cost < bestCost) {
      best = index;
      bestCost = cost;
    }
  }
  return best;
}

/** Choose black or white for a letter on a colour (#rrggbb), by relative luminance (WCAG 2.2). */
export function inkOn(colour: string): "#000000" | "#ffffff" {
  const value = Number.parseInt(colour.slice(1), 16);
  const linear = [16, 8, 0].map((shift) => {
    const channel = ((value >> shift) & 255) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  // Equal contrast with black and white lies at 0.179.
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
