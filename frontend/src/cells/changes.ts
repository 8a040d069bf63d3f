/** Asks every few seconds what others did to the cells on this page, while the page is on screen. */

import { ApiError, getJson } from "../shared/api";
import type { Changes } from "./types";

/** So that a person sees another's change within five seconds. */
export const ASK_EVERY_MS = 3_000;
const ASK_AFTER_FAILURE_MS = 10_000;

export interface ChangesOptions {
  url: string;
  cursor: string;
  onNews: (changes: Changes) => void;
  /** The server says that there is nothing to ask for any more. */
  onEnd?: (message: string) => void;
  /** Told whether the server answered. */
  onReached?: (reached: boolean) => void;
}

export class ChangesPoller {
  readonly #options: ChangesOptions;
  #cursor: string;
  #timer = 0;
  #asking = false;
  #ended = false;

  constructor(options: ChangesOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
  }

  /** Ask from now on; at once when the page comes back on screen or the network does. */
  start(): void {
    document.addEventListener("visibilitychange", () => this.now());
    window.addEventListener("online", () => this.now());
    this.#again(ASK_EVERY_MS);
  }

  /** Ask now, unless a question is under way or the page is hidden. */
  now(): void {
    window.clearTimeout(this.#timer);
    if (!document.hidden) void this.#ask();
  }

  /** Go on from a fresh document. */
  from(cursor: string): void {
    this.#cursor = cursor;
  }

  #again(ms: number): void {
    if (this.#ended) return;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.now(), ms);
  }

  async #ask(): Promise<void> {
    if (this.#asking || this.#ended) return;
    this.#asking = true;
    const since = this.#cursor;
    try {
      const changes = await getJson<Changes>(`${this.#options.url}?since=${encodeURIComponent(since)}`);
      this.#options.onReached?.(true);
      if (since === this.#cursor) {
        this.#cursor = changes.cursor;
        this.#options.onNews(changes);
      }
      this.#again(ASK_EVERY_MS);
    } catch (error) {
      if (error instanceof ApiError && !error.temporary) {
        this.#ended = true;
        this.#options.onEnd?.(error.message);
      } else {
        this.#options.onReached?.(false);
        this.#again(ASK_AFTER_FAILURE_MS);
      }
    }
    this.#asking = false;
  }
}
