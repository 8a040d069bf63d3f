/** What a person says is wrong on a drawn field: boxes without a cell, cells without a box. No DOM. */

import type { Box } from "../cells/types";

export class Marks {
  readonly boxes: readonly Box[];
  readonly #false: Set<number>;
  #missed: [number, number][];

  constructor(
    boxes: readonly Box[],
    falseBoxes: readonly number[],
    missed: readonly (readonly [number, number])[],
  ) {
    this.boxes = boxes;
    this.#false = new Set(falseBoxes);
    this.#missed = missed.map(([x, y]) => [x, y]);
  }

  get falseBoxes(): number[] {
    return [...this.#false].sort((a, b) => a - b);
  }

  get missed(): readonly (readonly [number, number])[] {
    return this.#missed;
  }

  isFalse(number: number): boolean {
    return this.#false.has(number);
  }

  /** Say that a box holds no white cell, or take that back. */
  toggle(number: number): void {
    if (!this.#false.delete(number)) this.#false.add(number);
  }

  /** Mark a missed cell; returns its place in the list. */
  miss(x: number, y: number): number {
    this.#missed.push([Math.round(x * 10) / 10, Math.round(y * 10) / 10]);
    return this.#missed.length - 1;
  }

  unmiss(at: number): void {
    this.#missed.splice(at, 1);
  }

  /** Say how the field stands. */
  words(): string {
    const found = this.boxes.length - this.#false.size;
    const cells = found + this.#missed.length;
    return `${found} of ${cells} found, ${this.#missed.length} missed, ${this.#false.size} without a cell`;
  }
}
