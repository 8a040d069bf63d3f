/** A uniform grid over the boxes of one field: which box is under the pointer, which boxes are in view. */

import { area, contains, intersects } from "../cells/geometry";
import type { Box } from "../cells/types";

export interface Boxed {
  readonly id: string;
  readonly box: Box;
}

export class GridIndex<T extends Boxed> {
  readonly #buckets = new Map<number, T[]>();
  readonly #size: number;
  readonly #columns: number;
  readonly #rows: number;

  /** Index items on a field of `width` by `height` pixels; `size` is the side of one bucket in pixels. */
  constructor(items: Iterable<T>, width: number, height: number, size = 128) {
    this.#size = size;
    this.#columns = Math.max(1, Math.ceil(width / size));
    this.#rows = Math.max(1, Math.ceil(height / size));
    for (const item of items) this.add(item);
  }

  add(item: T): void {
    this.#eachBucket(item.box, (key) => {
      const bucket = this.#buckets.get(key);
      if (bucket) bucket.push(item);
      else this.#buckets.set(key, [item]);
    });
  }

  /** Put an item in the place of one with the same id, whose box was `old`. */
  replace(old: Box, item: T): void {
    this.#eachBucket(old, (key) => {
      const bucket = this.#buckets.get(key);
      if (bucket)
        this.#buckets.set(
          key,
          bucket.filter((other) => other.id !== item.id),
        );
    });
    this.add(item);
  }

  /** Return the smallest item whose box holds the point, or null. */
  at(x: number, y: number): T | null {
    let best: T | null = null;
    for (const item of this.#buckets.get(this.#key(this.#column(x), this.#row(y))) ?? []) {
      if (contains(item.box, x, y) && (best === null || area(item.box) < area(best.box))) best = item;
    }
    return best;
  }

  /** Return every item that shares area with the box, each once. */
  within(box: Box): T[] {
    const found = new Set<T>();
    this.#eachBucket(box, (key) => {
      for (const item of this.#buckets.get(key) ?? []) {
        if (intersects(item.box, box)) found.add(item);
      }
    });
    return [...found];
  }

  #column(x: number): number {
    return Math.min(this.#columns - 1, Math.max(0, Math.floor(x / this.#size)));
  }

  #row(y: number): number {
    return Math.min(this.#rows - 1, Math.max(0, Math.floor(y / this.#size)));
  }

  #key(column: number, row: number): number {
    return row * this.#columns + column;
  }

  #eachBucket(box: Box, visit: (key: number) => void): void {
    const lastColumn = this.#column(box[2]);
    const lastRow = this.#row(box[3]);
    for (let row = this.#row(box[1]); row <= lastRow; row++) {
      for (let column = this.#column(box[0]); column <= lastColumn; column++) visit(this.#key(column, row));
    }
  }
}
