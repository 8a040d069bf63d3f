/** Where the cells of a gallery lie: on which slide and field, and the way there. */

import type { BoxStore, Cell } from "../cells/store";
import type { GalleryDocument } from "./document";
import type { Scales } from "./scale";

export class Places {
  readonly #document: GalleryDocument;
  readonly #store: BoxStore;
  readonly #scales: Scales;

  constructor(data: GalleryDocument, store: BoxStore, scales: Scales) {
    this.#document = data;
    this.#store = store;
    this.#scales = scales;
  }

  /** Return the id of the slide on which a cell lies, "" when it is not known. */
  slideOf(id: string): string {
    const field = this.#scales.field(this.#store.get(id)?.field ?? "");
    return this.#document.slides[field?.slide ?? -1]?.id ?? "";
  }

  /** Say where a cell lies. */
  words(cell: Cell): string {
    const field = this.#scales.field(cell.field);
    if (!field) return "";
    const place = `field ${field.position}`;
    if (this.#document.scope.kind === "slide") return place;
    return `${this.#document.slides[field.slide]?.title ?? ""}, ${place}`;
  }

  /** Go to the slide page, at a cell when there is one. */
  open(cell: string | null): void {
    const slide = cell === null ? this.#document.slides[0]?.id : this.slideOf(cell);
    if (slide) location.assign(`/slides/${slide}/${cell === null ? "" : `?cell=${cell}`}`);
  }
}
