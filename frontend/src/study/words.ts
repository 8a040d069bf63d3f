/** What the reader is told while something waits; no DOM. */

import type { ApiError } from "../shared/api";
import { counted } from "../shared/format";
import type { Words } from "./panels";

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

const TOO_LATE = "study-closed";

/** Say which answers the server did not take, and why; at least one. */
export function refusedWords(refused: readonly ApiError[]): Words {
  const n = refused.length;
  if (refused.every((error) => error.code === TOO_LATE)) {
    const answers = n === 1 ? "Your last answer" : `Your last ${n} answers`;
    return {
      title: "The study is closed",
      text: `${answers} came after the study closed and ${n === 1 ? "was" : "were"} not counted.`,
      go: "Go on",
    };
  }
  return {
    title: `${counted(n, "answer was", "answers were")} not counted`,
    text: [...new Set(refused.map((error) => error.message))].join(" "),
    go: "Go on",
  };
}
