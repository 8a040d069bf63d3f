/** Which cells are selected, and which one has the focus. No DOM. */

export type Mode = "only" | "range" | "toggle";

export class Selection {
  #chosen = new Set<string>();
  #anchor: string | null = null;
  #active: string | null = null;

  /** The cell that has the focus. */
  get active(): string | null {
    return this.#active;
  }

  get size(): number {
    return this.#chosen.size;
  }

  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  /** Return the cells that an act is for: the selection, else the one that has the focus. */
  targets(): string[] {
    if (this.#chosen.size > 0) return [...this.#chosen];
    return this.#active === null ? [] : [this.#active];
  }

  /** Choose a cell; `between` gives the cells from one to another as they lie. */
  pick(id: string, mode: Mode, between: (a: string, b: string) => string[]): void {
    if (mode === "range" && this.#anchor !== null) {
      this.#chosen = new Set(between(this.#anchor, id));
    } else if (mode === "toggle") {
      if (this.#chosen.has(id) && this.#chosen.size > 1) this.#chosen.delete(id);
      else this.#chosen.add(id);
      this.#anchor = id;
    } else {
      this.#chosen = new Set([id]);
      this.#anchor = id;
    }
    this.#active = id;
  }

  /** Choose many cells, the focus among them. */
  set(ids: readonly string[], active: string | null = ids[0] ?? null): void {
    this.#chosen = new Set(ids);
    this.#anchor = active;
    this.#active = active;
  }

  /** Let go of all but the focus. */
  collapse(): void {
    this.set(this.#active === null ? [] : [this.#active]);
  }

  /** Forget cells that are not there any more. */
  keep(exists: (id: string) => boolean): void {
    for (const id of this.#chosen) if (!exists(id)) this.#chosen.delete(id);
    if (this.#anchor !== null && !exists(this.#anchor)) this.#anchor = null;
    if (this.#active !== null && !exists(this.#active)) this.#active = null;
  }
}
