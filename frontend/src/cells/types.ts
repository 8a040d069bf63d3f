/** What the server says about a slide; the names are those of the JSON interface. */

export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

export type ReviewState = "suggested" | "seen" | "labelled";

export type SlideState = "queued" | "running" | "done" | "failed" | "empty";

export interface ClassInfo {
  name: string;
  title: string;
  letter: string;
  key: string;
  colour: string;
  role: string;
  human_only: boolean;
}

export interface FieldInfo {
  id: string;
  position: number;
  title: string;
  width: number;
  height: number;
  image_url: string;
  thumbnail_url: string;
  um_per_px: number | null;
  scale_source: string;
  analysed: boolean;
}

export interface CellData {
  id: string;
  field: string;
  box: Box;
  class: string;
  review_state: ReviewState;
  suggested: string;
  /** The model version that suggested; a label names it again. */
  suggestion: string | null;
  probability: number | null;
  unidentified: boolean;
  version: number;
  crop_url: string;
  probabilities: Readonly<Record<string, number>>;
}

export interface CountRow {
  class: string;
  title: string;
  letter: string;
  colour: string;
  role: string;
  n: number;
  percent: number | null;
}

export interface SlideInfo {
  id: string;
  title: string;
  simulated: boolean;
  can_label: boolean;
  state: SlideState;
  job: string | null;
  state_message: string;
}

export interface SlideDocument {
  slide: SlideInfo;
  classes: ClassInfo[];
  fields: FieldInfo[];
  cells: CellData[];
  counts_rows: CountRow[];
  version: number;
}

/** The server's word after a label, a withdrawal or an undo. */
export interface LabelAnswer {
  cell: CellData;
  counts_rows: CountRow[];
}

/** What the server holds when it refuses a stale edit. */
export interface ConflictDetail {
  yours?: string | null;
  current?: { class?: string; version?: number; by?: string; at?: string };
}

/** The pseudo-class of a cell that neither a person nor the model could name. */
export const UNIDENTIFIED = "?";
