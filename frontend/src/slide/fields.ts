/** The fields of the slide: the strip to choose from, and the line about the open one. */

import type { BoxStore } from "../cells/store";
import type { FieldInfo } from "../cells/types";
import { FieldBar, type FieldBarOptions } from "./fieldbar";
import { FieldStrip } from "./strip";

export interface FieldsOptions {
  strip: HTMLElement;
  bar: Omit<FieldBarOptions, "onChange">;
  store: BoxStore;
  onOpen: (id: string) => void;
  /** Something became known of fields. */
  onLearned: () => void;
}

export class Fields {
  readonly #options: FieldsOptions;
  readonly #strip: FieldStrip;
  readonly #bar: FieldBar;
  #all: readonly FieldInfo[] = [];
  #open: string | null = null;

  constructor(options: FieldsOptions) {
    this.#options = options;
    this.#strip = new FieldStrip(options.strip, options.onOpen);
    this.#bar = new FieldBar({
      ...options.bar,
      onChange: (id, complete) => this.learn([{ id, complete, completed: null }]),
    });
  }

  get all(): readonly FieldInfo[] {
    return this.#all;
  }

  get(id: string): FieldInfo | undefined {
    return this.#all.find((field) => field.id === id);
  }

  /** Return the field before or after the open one. */
  beside(step: 1 | -1): FieldInfo | undefined {
    return this.#all[this.#all.findIndex((field) => field.id === this.#open) + step];
  }

  take(fields: readonly FieldInfo[]): void {
    this.#all = fields;
    this.show();
  }

  /** Take what changed of some fields. */
  learn(news: readonly (Pick<FieldInfo, "id"> & Partial<FieldInfo>)[]): void {
    const by = new Map(news.map((field) => [field.id, field]));
    this.take(this.#all.map((field) => ({ ...field, ...by.get(field.id) })));
    this.#options.onLearned();
  }

  mark(field: FieldInfo): void {
    this.#open = field.id;
    this.#strip.mark(field.id);
    this.#bar.show(field);
  }

  /** Draw strip and line anew, with the cells counted as they are now. */
  show(): void {
    const counts = new Map<string, number>();
    for (const cell of this.#options.store.all()) counts.set(cell.field, (counts.get(cell.field) ?? 0) + 1);
    this.#strip.show(this.#all, counts);
    const open = this.#open === null ? undefined : this.get(this.#open);
    if (open) this.#bar.show(open);
  }
}
