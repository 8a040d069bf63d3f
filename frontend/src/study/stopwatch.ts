/** Takes the times of one image on the page's monotonic clock; no DOM. */

import type { Times } from "./types";

export class Stopwatch {
  readonly #now: () => number;
  readonly #blank: number;
  #shown: number;
  #first: number | null = null;
  #class: number | null = null;
  #hiddenSince: number | null = null;
  #hidden = 0;
  #hiddenTimes = 0;
  #blurredSince: number | null = null;
  #blurred = 0;
  #earlier = 0;
  #paused: number | null = null;
  #interrupted: boolean;

  /**
   * Start with the moment at which the image came on screen. `blankMs`: how long the stage was empty before it;
   * `interrupted`: the image was on screen in an earlier visit.
   */
  constructor(now: () => number, blankMs: number, interrupted = false) {
    this.#now = now;
    this.#shown = now();
    this.#blank = blankMs;
    this.#interrupted = interrupted;
  }

  /** The first key or touch that belongs to this image. */
  touched(): void {
    this.#first ??= this.#now();
  }

  /** The class question is answered. */
  classed(): void {
    this.#class = this.#now();
  }

  /** The page is out of sight, or in sight again. */
  hidden(is: boolean): void {
    if (is && this.#hiddenSince === null) {
      this.#hiddenSince = this.#now();
      this.#hiddenTimes += 1;
    } else if (!is && this.#hiddenSince !== null) {
      this.#hidden += this.#now() - this.#hiddenSince;
      this.#hiddenSince = null;
    }
  }

  /** The window has lost the keyboard, or has it again. */
  blurred(is: boolean): void {
    if (is) this.#blurredSince ??= this.#now();
    else if (this.#blurredSince !== null) {
      this.#blurred += this.#now() - this.#blurredSince;
      this.#blurredSince = null;
    }
  }

  /** The person pauses: the image goes from the screen. */
  pause(): void {
    this.hidden(false);
    this.blurred(false);
    this.#interrupted = true;
    this.#paused = this.#now();
  }

  /** The image is on screen again. */
  resume(): void {
    if (this.#paused === null) return;
    this.#earlier += this.#paused - this.#shown;
    this.#shown = this.#now();
    this.#paused = null;
  }

  /** Return the times, with now as the moment of the answer. */
  times(changes: number): Times {
    const answered = this.#now();
    const hidden = this.#hidden + (this.#hiddenSince === null ? 0 : answered - this.#hiddenSince);
    const blurred = this.#blurred + (this.#blurredSince === null ? 0 : answered - this.#blurredSince);
    const whole = (ms: number): number => Math.max(0, Math.round(ms));
    return {
      shown_ms: whole(this.#shown),
      first_ms: this.#first === null ? null : whole(this.#first),
      class_ms: this.#class === null ? null : whole(this.#class),
      answered_ms: whole(answered),
      blank_ms: whole(this.#blank),
      hidden_ms: whole(hidden),
      hidden_times: this.#hiddenTimes,
      blurred_ms: whole(blurred),
      earlier_ms: whole(this.#earlier),
      interrupted: this.#interrupted,
      changes,
    };
  }
}
