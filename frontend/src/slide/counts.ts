/** The differential as it is now, counted on the page; the server's rows replace it when its word arrives. */

import type { Cell } from "./store";
import { type ClassInfo, type CountRow, UNIDENTIFIED } from "./types";

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
 * Count cells by the class that is shown: the human label, else the suggestion.
 *
 * Per cents are of the leukocytes; nucleated red cells are given per 100 of them; what is beside the differential has
 * none. Cells that nobody could name come first, without a per cent, since they must be resolved.
 */
export function countRows(cells: Iterable<Cell>, classes: readonly ClassInfo[]): CountRow[] {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell.shown, (counts.get(cell.shown) ?? 0) + 1);
  let leukocytes = 0;
  for (const cls of classes) {
    if (cls.role === "leukocyte") leukocytes += counts.get(cls.name) ?? 0;
  }
  const rows: CountRow[] = classes.map((cls) => {
    const n = counts.get(cls.name) ?? 0;
    const inside = cls.role === "leukocyte" || cls.role === "nrbc";
    return {
      class: cls.name,
      title: cls.title,
      letter: cls.letter,
      colour: cls.colour,
      role: cls.role,
      n,
      percent: inside && leukocytes > 0 ? (100 * n) / leukocytes : null,
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
    });
  }
  return rows;
}
