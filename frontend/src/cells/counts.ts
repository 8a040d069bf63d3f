/** The differential as it is now, counted on the page; the server's rows replace it when its word arrives. */

import { clopperPearson } from "./interval";
import type { Cell } from "./store";
import { type ClassInfo, type CountRow, UNIDENTIFIED } from "./types";

const TENTHS = 1000; // 100.0 % in steps of 0.1 %

/** How many cells a person has labelled, of how many. */
export interface Progress {
  labelled: number;
  total: number;
}

export function progress(cells: Iterable<Cell>): Progress {
  let labelled = 0;
  let total = 0;
  for (const cell of cells) {
    total += 1;
    if (cell.reviewState === "labelled") labelled += 1;
  }
  return { labelled, total };
}

/**
 * Return per cents with one decimal that sum to exactly 100.0, by the largest-remainder method (Hamilton), as the
 * server does; ties go to the earlier class. All 0 when nothing was counted.
 */
export function largestRemainder(counted: readonly number[]): number[] {
  const total = counted.reduce((sum, n) => sum + n, 0);
  if (total === 0) return counted.map(() => 0);
  const tenths = counted.map((n) => Math.floor((n * TENTHS) / total));
  const missing = TENTHS - tenths.reduce((sum, n) => sum + n, 0);
  const order = counted.map((n, index) => ({ index, remainder: (n * TENTHS) % total }));
  order.sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of order.slice(0, missing)) tenths[index] = (tenths[index] ?? 0) + 1;
  return tenths.map((value) => value / 10);
}

/**
 * Count cells by the class that is shown: the human label, else the suggestion.
 *
 * Per cents are of the leukocytes; nucleated red cells are given per 100 of them; what is beside the differential has
 * none. Cells that nobody could name come first, without a per cent, since they must be resolved.
 */
export function countRows(cells: Iterable<Cell>, classes: readonly ClassInfo[]): CountRow[] {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell.shown, (counts.get(cell.shown) ?? 0) + 1);
  const inside = classes.filter((cls) => cls.role === "leukocyte").map((cls) => cls.name);
  const shares = largestRemainder(inside.map((name) => counts.get(name) ?? 0));
  const percents = new Map(inside.map((name, index) => [name, shares[index] ?? 0]));
  const leukocytes = inside.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
  const share = (cls: ClassInfo, n: number): number | null => {
    if (leukocytes === 0) return null;
    if (cls.role === "nrbc") return Math.round((1000 * n) / leukocytes) / 10;
    return percents.get(cls.name) ?? null;
  };
  const rows: CountRow[] = classes.map((cls) => {
    const n = counts.get(cls.name) ?? 0;
    const [low, high] = (cls.role === "leukocyte" && clopperPearson(n, leukocytes)) || [null, null];
    return {
      class: cls.name,
      title: cls.title,
      letter: cls.letter,
      colour: cls.colour,
      role: cls.role,
      n,
      percent: share(cls, n),
      low,
      high,
    };
  });
  const unidentified = counts.get(UNIDENTIFIED) ?? 0;
  if (unidentified > 0) {
    rows.unshift({
      class: UNIDENTIFIED,
      title: "Unidentified",
      letter: "?",
      colour: "#000000",
      role: "unidentified",
      n: unidentified,
      percent: null,
      low: null,
      high: null,
    });
  }
  return rows;
}
