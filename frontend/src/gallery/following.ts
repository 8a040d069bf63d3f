/** What a gallery tells the server of the person's screen, and what it hears of others' work. */

import { API } from "../cells/acts";
import { ChangesPoller } from "../cells/changes";
import { SeenReporter } from "../cells/seenreport";
import type { BoxStore } from "../cells/store";
import type { Changes } from "../cells/types";

/** A reviewer who gives a second to a cell has seen it after half of one. */
const DWELL_MS = 500;
/** Looks before a report: a second, so that a lane can soon be confirmed. */
const LOOKS = 2;

export interface FollowOptions {
  /** Such as "slides/<id>". */
  where: string;
  cursor: string | undefined;
  store: BoxStore;
  /** The cells that this person has had on screen; added to. */
  seen: Set<string>;
  slideOf: (cell: string) => string;
  onScreen: () => readonly string[];
  onSeen: () => void;
  onNews: (changes: Changes) => void;
  onEnd: (message: string) => void;
}

/** Report what is on screen and ask for changes from now on; returns how to ask at once. */
export function follow(options: FollowOptions): () => void {
  const { where, cursor, store, seen, slideOf, onScreen, onSeen, onNews, onEnd } = options;
  new SeenReporter({
    store,
    url: (id) => `${API}/slides/${slideOf(id)}/seen/`,
    onScreen,
    isNews: (id) => !seen.has(id),
    onReported: (ids) => {
      for (const id of ids) seen.add(id);
      onSeen();
    },
    dwellMs: DWELL_MS,
    looksPerReport: LOOKS,
  }).start();
  if (cursor === undefined) return () => {};
  const poller = new ChangesPoller({ url: `${API}/${where}/changes/`, cursor, onNews, onEnd });
  poller.start();
  return () => poller.now();
}
