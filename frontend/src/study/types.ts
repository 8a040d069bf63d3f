/** What the server says about a reading, and what is sent to it. */

export type Question = "class" | "realism";
export type Part = "practice" | "reading";

/** An answer that one key gives: a class, "other" or "cannot-tell". */
export interface Choice {
  name: string;
  title: string;
  key: string;
}

/** The image that is to be read now. Nothing in it tells more than its place in the reader's own order. */
export interface Trial {
  /** Its name towards the server: the place among all images of this reader. */
  slot: number;
  part: Part;
  sitting: number;
  /** From 1, within practice or within a sitting. */
  position: number;
  image: string;
  /** The following image, to be fetched ahead; null at the end. */
  prefetch: string | null;
  questions: readonly Question[];
  break_due: boolean;
  /** The image to which one may go back; null where the study does not allow it. */
  back: number | null;
  /** What was said of an image that was gone back to. */
  said: { answer: string | null; realism: number | null } | null;
}

export interface ReadingDocument {
  /** "later": the second sitting is not due yet. */
  state: Part | "later" | "done";
  /** Of the present part. */
  answered: number;
  total: number;
  /** Width and height of every image on the screen (CSS pixels). */
  side: number;
  classes: readonly Choice[];
  /** When the second sitting opens (ISO 8601). */
  opens_at: string | null;
  next: Trial | null;
}

/** Times of a trial: moments on the page's own monotonic clock and lengths, whole milliseconds. */
export interface Times {
  shown_ms: number;
  first_ms: number | null;
  class_ms: number | null;
  answered_ms: number;
  blank_ms: number;
  hidden_ms: number;
  hidden_times: number;
  blurred_ms: number;
  /** How long the image was on screen before a pause. */
  earlier_ms: number;
  interrupted: boolean;
  changes: number;
}

/** One answer as it is sent and kept until the server has it; `key` makes that it counts once. */
export interface Answer {
  key: string;
  slot: number;
  answer: string | null;
  realism: number | null;
  reason: string;
  times: Times;
  screen: Readonly<Record<string, number | string | boolean>>;
}

/** Return an answer as the server takes it. */
export function bodyOf({ key, ...answer }: Answer): Record<string, unknown> {
  return { ...answer, idempotency_key: key };
}
