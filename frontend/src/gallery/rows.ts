/** Where lanes, rows and tiles lie in the scrolled surface; plain arithmetic, since every tile has the same size. */

export type TileSize = "s" | "m" | "l";

export interface Metrics {
  /** Side of a picture, in CSS pixels. */
  tile: number;
  /** Height of a tile's caption. */
  caption: number;
  gap: number;
  /** Height of a lane's head with the space below it, in which the ring of the focus lies. */
  head: number;
  /** Space at the left, right and below the tiles of a lane. */
  pad: number;
}

const TILES: Readonly<Record<TileSize, number>> = { s: 88, m: 128, l: 192 };

export function metricsFor(size: TileSize): Metrics {
  return { tile: TILES[size], caption: 22, gap: 8, head: 44, pad: 12 };
}

/** How many tiles lie side by side in a width; at least one. */
export function columnsIn(width: number, m: Metrics): number {
  return Math.max(1, Math.floor((width - 2 * m.pad + m.gap) / (m.tile + m.gap)));
}

export function rowHeight(m: Metrics): number {
  return m.tile + m.caption + m.gap;
}

/** How many rows so many cells need. */
export function rowsOf(cells: number, columns: number): number {
  return Math.ceil(cells / columns);
}

/** The height of a lane's tiles with the space below them; an empty lane has none. */
export function bodyHeight(cells: number, columns: number, m: Metrics): number {
  const rows = rowsOf(cells, columns);
  return rows === 0 ? 0 : rows * rowHeight(m) + m.pad;
}

/** Where each lane begins, and at the end how high all are together. */
export function laneTops(lengths: readonly number[], columns: number, m: Metrics): number[] {
  const tops = [0];
  for (const length of lengths) tops.push((tops.at(-1) ?? 0) + m.head + bodyHeight(length, columns, m));
  return tops;
}

export interface Span {
  /** First row to draw and the one after the last. */
  first: number;
  last: number;
}

/** Which rows of a lane are to be drawn: those in view, and `spare` more above and below. */
export function rowsInView(
  top: number,
  cells: number,
  columns: number,
  m: Metrics,
  view: { top: number; height: number },
  spare = 2,
): Span {
  const rows = rowsOf(cells, columns);
  const body = top + m.head;
  const height = rowHeight(m);
  const first = Math.floor((view.top - body) / height) - spare;
  const last = Math.ceil((view.top + view.height - body) / height) + spare;
  const clamp = (row: number): number => Math.max(0, Math.min(rows, row));
  return { first: clamp(first), last: Math.max(clamp(first), clamp(last)) };
}

/**
 * Return where to scroll so that a row is whole on screen below its lane's head, which stays in view; the same place
 * when it is.
 */
export function scrollFor(rowTop: number, m: Metrics, view: { top: number; height: number }): number {
  const above = rowTop - m.head;
  const below = rowTop + m.tile + m.caption + m.gap;
  if (above < view.top) return Math.max(0, above);
  if (below > view.top + view.height) return below - view.height;
  return view.top;
}
