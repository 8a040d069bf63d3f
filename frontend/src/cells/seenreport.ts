/** Tells the server which cells have been on the person's screen. */

import { postJson } from "../shared/api";
import { SeenTracker } from "./seen";
import type { BoxStore } from "./store";

const LOOK_EVERY_MS = 500;
/** Cells are reported with every so many looks, to send few requests. */
const LOOKS_PER_REPORT = 6;

export interface SeenReporterOptions {
  store: BoxStore;
  url: string;
  onScreen: () => readonly string[];
}

export class SeenReporter {
  readonly #options: SeenReporterOptions;
  readonly #tracker = new SeenTracker();
  #looks = 0;

  constructor(options: SeenReporterOptions) {
    this.#options = options;
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
    if (this.#looks % LOOKS_PER_REPORT === 0) this.#report();
  }

  #report(): void {
    const { store, url } = this.#options;
    const cells = this.#tracker.take().filter((id) => store.get(id)?.reviewState === "suggested");
    if (cells.length === 0) return;
    postJson(url, { cells }).then(
      () => store.markSeen(cells),
      () => this.#tracker.putBack(cells),
    );
  }
}
