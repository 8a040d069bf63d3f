/** Remembers which cells have been on screen long enough to have been seen, and hands them over in batches. No DOM. */

export class SeenTracker {
  readonly #since = new Map<string, number>();
  readonly #reported = new Set<string>();
  #ready: string[] = [];

  /** `dwellMs`: how long a cell must stay on screen. */
  constructor(readonly dwellMs = 1_000) {}

  /** Say which cells are large enough and on screen at this time (ms); cells that left start anew. */
  onScreen(ids: readonly string[], now: number): void {
    const present = new Set(ids);
    for (const id of this.#since.keys()) if (!present.has(id)) this.#since.delete(id);
    for (const id of present) {
      if (this.#reported.has(id)) continue;
      const since = this.#since.get(id);
      if (since === undefined) {
        this.#since.set(id, now);
      } else if (now - since >= this.dwellMs) {
        this.#reported.add(id);
        this.#since.delete(id);
        this.#ready.push(id);
      }
    }
  }

  /** Take the cells that became seen since the last call. */
  take(): string[] {
    const taken = this.#ready;
    this.#ready = [];
    return taken;
  }

  /** Put back cells that could not be reported. */
  putBack(ids: readonly string[]): void {
    this.#ready.unshift(...ids);
  }
}
