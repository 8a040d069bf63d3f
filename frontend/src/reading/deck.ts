/** The cells of a reading in their order: which one is open, which comes next. No DOM. */

export class Deck {
  readonly #ids: readonly string[];
  #at = 0;

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** The place of the open cell, from 0. */
  get at(): number {
    return this.#at;
  }

  /** The open cell; null in an empty deck. */
  get open(): string | null {
    return this.#ids[this.#at] ?? null;
  }

  /** Open a cell; one that is not in the deck is passed over. */
  go(id: string): void {
    const at = this.#ids.indexOf(id);
    if (at >= 0) this.#at = at;
  }

  /** Go on or back by some places; stays at the ends. */
  step(by: number): void {
    this.#at = Math.max(0, Math.min(this.#ids.length - 1, this.#at + by));
  }

  /**
   * Open the next cell that waits, after the open one and round the end; false when none is left. With `here` the
   * open one counts too.
   */
  next(waits: (id: string) => boolean, here = false): boolean {
    for (let i = here ? 0 : 1; i <= this.#ids.length; i++) {
      const at = (this.#at + i) % this.#ids.length;
      const id = this.#ids[at];
      if (id !== undefined && waits(id)) {
        this.#at = at;
        return true;
      }
    }
    return false;
  }
}
