/** The gallery's document: cells as columns, and the way back to cells. No DOM. */

import type {
  Acts,
  Box,
  CellData,
  ClassInfo,
  CountRow,
  ReviewState,
  SignedInfo,
  SlideState,
} from "../cells/types";

export interface Scope {
  kind: "slide" | "project";
  id: string;
  title: string;
  simulated: boolean;
  can_label: boolean;
  /** The suggestion of a cell appears only after the person's own label. */
  blind_first?: boolean;
  state: SlideState;
  job: string | null;
  state_message: string;
  signed?: SignedInfo | null;
  /** The page that signs the slide; none for a project. */
  sign_url?: string | null;
}

export interface GalleryField {
  id: string;
  /** Place of its slide in the list of slides. */
  slide: number;
  position: number;
  um_per_px: number | null;
  scale_source: string;
  /** Parts of it can be asked for. */
  windowed: boolean;
}

/** An order that only the server can make. */
export interface ServerOrder {
  name: string;
  title: string;
  /** A sentence while it cannot be had. */
  why_not: string;
}

export interface Columns {
  names: string[];
  models: string[];
  people: string[];
  id: string[];
  field: number[];
  box: number[];
  label: number[];
  suggested: number[];
  suggestion: number[];
  probability: (number | null)[];
  unidentified: number[];
  state: number[];
  version: number[];
  picture: number[];
  by: number[];
  seen: number[];
  comments?: number[];
  hand?: number[];
}

export interface GalleryDocument {
  scope: Scope;
  classes: ClassInfo[];
  slides: { id: string; title: string }[];
  fields: GalleryField[];
  total: number;
  low_confidence: number;
  window_um: number;
  context_um: number;
  orders: ServerOrder[];
  cells: Columns;
  counts_rows: CountRow[];
  cursor?: string;
  acts?: Acts | null;
}

const STATES: readonly ReviewState[] = ["suggested", "seen", "labelled"];

/** Return the cells of a document as the store takes them. */
export function cellsOf(data: GalleryDocument): CellData[] {
  const { cells, fields, low_confidence: low } = data;
  const { names, models, people, box } = cells;
  return cells.id.map((id, at) => {
    const suggested = names[cells.suggested[at] ?? 0] ?? "";
    const label = names[cells.label[at] ?? 0] ?? "";
    const probability = cells.probability[at] ?? null;
    const unidentified = cells.unidentified[at] === 1;
    return {
      id,
      field: fields[cells.field[at] ?? -1]?.id ?? "",
      box: [box[4 * at] ?? 0, box[4 * at + 1] ?? 0, box[4 * at + 2] ?? 0, box[4 * at + 3] ?? 0] as Box,
      class: label || suggested,
      review_state: STATES[cells.state[at] ?? 0] ?? "suggested",
      suggested,
      suggestion: models[cells.suggestion[at] ?? -1] ?? null,
      probability,
      unidentified,
      version: cells.version[at] ?? 1,
      crop_url: cells.picture[at] === 1 ? `/cells/${id}/crop/` : "",
      probabilities: {},
      by: people[cells.by[at] ?? -1] ?? "",
      hand: cells.hand?.[at] === 1,
      comments: cells.comments?.[at] ?? 0,
      low_confidence: unidentified || suggested === "" || (probability ?? 0) < low,
    };
  });
}

/** Return the cells that this very person has had on screen. */
export function seenBefore(data: GalleryDocument): Set<string> {
  return new Set(data.cells.id.filter((_, at) => data.cells.seen[at] === 1));
}

/** Say why there is no cell to show. */
export function emptyWords(scope: Scope, filtered: boolean): string {
  if (filtered) return "No cell passes these filters.";
  if (scope.kind === "project") return "No cell was found on the slides of this project yet.";
  if (scope.state === "queued" || scope.state === "running")
    return "The cells appear here by themselves while the slide is analysed.";
  if (scope.state === "done") return "The analysis is complete: no white cell was found on this slide.";
  return scope.state_message;
}
