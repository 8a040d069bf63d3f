/** Tells the server which cells have been on the person's screen. */

import { postJson } from "../shared/api";
import { SeenTracker } from "./seen";
import type { BoxStore } from "./store";

const LOOK_EVERY_MS = 500;
/** Cells are reported with every so many looks, to send few requests. */
const LOOKS_PER_REPORT = 6;

export interface SeenReporterOptions {
  store: BoxStore;
  /** Where a cell's slide takes the report. */
  url: string | ((cell: string) => string);
  onScreen: () => readonly string[];
  /** Which cells the server wants to hear of; those that nobody has seen unless said otherwise. */
  isNews?: (cell: string) => boolean;
  onReported?: (cells: readonly string[]) => void;
  /** How long a cell must stay on screen, in ms. */
  dwellMs?: number;
  /** With every so many looks what was seen is sent. */
  looksPerReport?: number;
}

export class SeenReporter {
  readonly #options: SeenReporterOptions;
  readonly #tracker: SeenTracker;
  #looks = 0;

  constructor(options: SeenReporterOptions) {
    this.#options = options;
    this.#tracker = new SeenTracker(options.dwellMs);
  }

  /** Look and report from now on, also when the page is left. */
  start(): void {
    window.setInterval(() => this.#look(), LOOK_EVERY_MS);
    window.addEventListener("pagehide", () => this.#report());
  }

  #look(): void {
    if (document.hidden) return;
    this.#tracker.onScreen(this.#options.onScreen(), performance.now());
    this.#looks += 1;
    if (this.#looks % (this.#options.looksPerReport ?? LOOKS_PER_REPORT) === 0) this.#report();
  }

  #report(): void {
    const { store, url } = this.#options;
    const isNews = this.#options.isNews ?? ((id: string) => store.get(id)?.reviewState === "suggested");
    const byUrl = new Map<string, string[]>();
    for (const id of this.#tracker.take()) {
      if (!store.get(id) || !isNews(id)) continue;
      const to = typeof url === "string" ? url : url(id);
      byUrl.set(to, [...(byUrl.get(to) ?? []), id]);
    }
    for (const [to, cells] of byUrl) {
      postJson(to, { cells }).then(
        () => {
          store.markSeen(cells);
          this.#options.onReported?.(cells);
        },
        () => this.#tracker.putBack(cells),
      );
    }
  }
}
