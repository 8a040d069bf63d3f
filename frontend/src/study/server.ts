/** The server of a reading, and one made up of what the page brings along, for staff who try a study as a reader. */

import { getJson, postJson } from "../shared/api";
import type { ScreenFacts } from "./screen";
import { type Answer, bodyOf, type ReadingDocument, type Trial } from "./types";

export interface Server {
  /** What is to be read now. */
  look(): Promise<ReadingDocument>;
  /** An image that was read before. */
  earlier(slot: number): Promise<ReadingDocument>;
  /** Say that an image is about to be shown; returns what is to be read now, which may be another one. */
  view(trial: Trial, screen: ScreenFacts): Promise<ReadingDocument>;
  /** Send an answer; returns what is to be read next. */
  send(answer: Answer): Promise<ReadingDocument>;
}

/** Return the server at an address of the interface, such as "/api/v1/study-readings/<id>/". */
export function serverAt(api: string): Server {
  return {
    look: () => getJson<ReadingDocument>(api),
    earlier: (slot) => getJson<ReadingDocument>(`${api}slots/${slot}/`),
    view: ({ slot }, screen) => postJson<ReadingDocument>(`${api}viewings/`, { slot, screen }),
    send: (answer) => postJson<ReadingDocument>(`${api}readings/`, bodyOf(answer)),
  };
}

/** Return a server that goes through documents one after the other and keeps nothing. */
export function rehearsal(documents: readonly ReadingDocument[]): Server {
  let at = 0;
  const last = documents.at(-1);
  const now = (): Promise<ReadingDocument> => {
    const found = documents[at];
    if (found) return Promise.resolve(found);
    if (!last) return Promise.reject(new Error("There is nothing to rehearse."));
    return Promise.resolve({ ...last, state: "done", answered: last.total, next: null });
  };
  return {
    look: now,
    earlier: now,
    view: now,
    send: () => {
      at += 1;
      return now();
    },
  };
}
