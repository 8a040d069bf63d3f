/** Which cells the list shows, and in which order. No DOM. */

import type { Cell } from "../cells/store";
import { UNIDENTIFIED } from "../cells/types";

export type Sorting = "place" | "doubt";

/** A filter of the list: all, those without a label, or one class (also UNIDENTIFIED). */
export type Filter = "all" | "unreviewed" | `class:${string}`;

/** How far apart two cells may lie in height and still count as one row, in parts of the box height. */
const ROW = 0.75;

/**
 * Tell whether a cell is shown, in the list and on the image. `atMost` hides suggestions that are surer than this; a
 * cell without a suggestion is never hidden by it.
 */
export function matches(cell: Cell, filter: Filter, atMost = 1): boolean {
  if (atMost < 1 && (cell.probability ?? 0) > atMost) return false;
  if (filter === "all") return true;
  if (filter === "unreviewed") return cell.reviewState !== "labelled";
  return cell.shown === filter.slice("class:".length);
}

/** Order cells of one field as one reads: rows from the top, each from the left. */
function byPlace(cells: Cell[]): Cell[] {
  const sorted = [...cells].sort((a, b) => a.box[1] - b.box[1]);
  const ordered: Cell[] = [];
  let row: Cell[] = [];
  let bottom = Number.NEGATIVE_INFINITY;
  const flush = (): void => {
    ordered.push(...row.sort((a, b) => a.box[0] - b.box[0]));
    row = [];
  };
  for (const cell of sorted) {
    if (cell.box[1] > bottom) {
      flush();
      bottom = cell.box[1] + ROW * (cell.box[3] - cell.box[1]);
    }
    row.push(cell);
  }
  flush();
  return ordered;
}

/** How much a cell needs a look: unidentified first, then the least certain suggestion. */
function doubt(cell: Cell): number {
  if (cell.shown === UNIDENTIFIED) return -1;
  return cell.probability ?? 0;
}

/** Return the ids of the cells in the list's order. `fields` are the slide's fields in their order. */
export function listOrder(
  cells: Iterable<Cell>,
  fields: readonly string[],
  filter: Filter,
  sorting: Sorting,
  atMost = 1,
): string[] {
  const chosen = [...cells].filter((cell) => matches(cell, filter, atMost));
  if (sorting === "doubt") return chosen.sort((a, b) => doubt(a) - doubt(b)).map((cell) => cell.id);
  const groups = new Map<string, Cell[]>(fields.map((field) => [field, []]));
  for (const cell of chosen) groups.get(cell.field)?.push(cell);
  return [...groups.values()].flatMap((group) => byPlace(group).map((cell) => cell.id));
}

export interface Rows {
  first: number;
  last: number;
}

/** Return the rows (half-open) to draw for a scroll position, with a few spare above and below. */
export function rowsInView(
  scrollTop: number,
  viewHeight: number,
  rowHeight: number,
  total: number,
  spare = 6,
): Rows {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const last = Math.min(total, Math.ceil((scrollTop + viewHeight) / rowHeight) + spare);
  return { first: Math.min(first, last), last };
}
