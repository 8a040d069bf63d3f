/** What the server says about a second reading and about its disagreements. */

import type { CellData, ClassInfo, LabelAnswer } from "../cells/types";

export interface ReadingCell {
  id: string;
  position: number;
  /** What the person said or decided, "" for nothing yet. */
  class: string;
  version: number;
  crop_url: string;
  /** The two classes to decide between, in the order of the class list. */
  candidates?: readonly string[];
}

export interface ReadingDocument {
  id: string;
  state: string;
  classes: ClassInfo[];
  cells: ReadingCell[];
}

export interface ReadingAnswer {
  cell: ReadingCell;
}

/** Return a cell as store and saver know cells: without place, without suggestion. */
export function asCellData(cell: ReadingCell): CellData {
  return {
    id: cell.id,
    field: "",
    box: [0, 0, 0, 0],
    class: cell.class,
    review_state: cell.class === "" ? "seen" : "labelled",
    suggested: "",
    suggestion: null,
    probability: null,
    unidentified: true,
    version: cell.version,
    crop_url: cell.crop_url,
    probabilities: {},
  };
}

/** Return an answer as the saver takes it. */
export function asLabelAnswer(answer: ReadingAnswer): LabelAnswer {
  return { cell: asCellData(answer.cell), counts_rows: [] };
}
