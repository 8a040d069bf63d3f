/** What the reader is told while something waits; no DOM. */

import type { ApiError } from "../shared/api";
import { counted } from "../shared/format";

/** Say what waits and why, and that nothing is lost. */
export function waitingWords(waiting: number, why: ApiError): string {
  const kept =
    waiting > 0
      ? `${counted(waiting, "answer is", "answers are")} not saved yet: kept in this browser and sent again by itself.`
      : "Everything that you have answered is saved.";
  if (why.status === 404)
    return `${kept} This reading belongs to another account than the one that is signed in.`;
  return `${kept} ${why.message}`;
}
