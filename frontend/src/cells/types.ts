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
  quality?: QualityInfo | null;
  /** A reviewer said that all its cells are boxed. */
  complete?: boolean;
  completed?: { by: string; at: string | null; changed_since: number } | null;
}

/** How good a field is to look at, and why. */
export interface QualityInfo {
  light: "green" | "amber" | "red" | "unknown";
  word: string;
  reason: string;
  measures: readonly { name: string; light: string; words: string }[];
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
  /** Who gave the label in force, "" for nobody. */
  by?: string;
  origin?: string;
  /** Boxed by hand. */
  hand?: boolean;
  /** How many comments it has. */
  comments?: number;
  /** The suggestion is below what may be confirmed in bulk. */
  low_confidence?: boolean;
  /** How sure the locator is that this is a cell, 0 to 1. */
  score?: number;
}

export interface CountRow {
  class: string;
  title: string;
  letter: string;
  colour: string;
  role: string;
  n: number;
  percent: number | null;
  /** Exact 95 % interval of the per cent (Clopper-Pearson). */
  low?: number | null;
  high?: number | null;
}

/** What undo or redo would do, in words. */
export interface ActWords {
  what: string;
  n: number;
  act?: string;
}

/** What the person can undo and do again, as the server knows it. */
export interface Acts {
  undo: ActWords | null;
  redo: ActWords | null;
}

/** The newest report of a slide. */
export interface SignedInfo {
  url: string;
  state: "signed" | "changed" | "half" | "half-changed";
  by: string[];
}

export interface SlideInfo {
  id: string;
  title: string;
  simulated: boolean;
  can_label: boolean;
  state: SlideState;
  job: string | null;
  state_message: string;
  signed?: SignedInfo | null;
  /** The page that signs the slide. */
  sign_url?: string | null;
}

export interface SlideDocument {
  slide: SlideInfo;
  classes: ClassInfo[];
  fields: FieldInfo[];
  cells: CellData[];
  counts_rows: CountRow[];
  version: number;
  /** From where to ask for changes. */
  cursor?: string;
  acts?: Acts | null;
}

/** The server's word after a label, a withdrawal or an undo. */
export interface LabelAnswer {
  cell: CellData;
  counts_rows: CountRow[];
  acts?: Acts | null;
}

/** The server's word after any act on one cell; of a removed one only its id is left. */
export interface ActAnswer {
  cell: CellData | string;
  counts_rows: CountRow[];
  acts?: Acts | null;
}

/** What became of one label of a list: with status 200 the cell's new values, else why not. */
export interface LabelResult {
  cell: string;
  status: number;
  class?: string;
  review_state?: ReviewState;
  version?: number;
  cell_data?: CellData;
  error?: { code: string; message: string; detail: unknown } | null;
}

/** The server's word after a list of labels. */
export interface LabelListAnswer {
  results: LabelResult[];
  counts_rows: CountRow[] | null;
  acts?: Acts | null;
}

/** What became of one cell when an act was undone or done again. */
export interface StepResult {
  id: string;
  status: "applied" | "conflict" | "gone";
  cell: CellData | null;
  conflict?: ConflictDetail | null;
}

/** The server's word after undo or redo. */
export interface StepAnswer {
  results: StepResult[];
  counts_rows: CountRow[] | null;
  acts?: Acts | null;
}

/** What happened since a moment, to cells of a slide or project. */
export interface Changes {
  cells: CellData[];
  gone: string[];
  counts_rows: CountRow[] | null;
  cursor: string;
  version: number | null;
  fields: (Pick<FieldInfo, "id"> & Partial<FieldInfo>)[];
  acts?: Acts | null;
}

/** What the server holds when it refuses a stale edit. */
export interface ConflictDetail {
  yours?: unknown;
  current?: { class?: string | null; version?: number; by?: string; at?: string; box?: Box };
}

/** The cell that stands where a person boxed one. */
export interface CellThere {
  cell: string;
  /** Who boxed it; "" for a model. */
  by: string;
  class: string | null;
  overlap: number;
  /** The boxes are one, whatever the person says. */
  same: boolean;
}

/** The pseudo-class of a cell that neither a person nor the model could name. */
export const UNIDENTIFIED = "?";
