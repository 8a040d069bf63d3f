/** Cells, fields and stores of a gallery; for tests. */

import { BoxStore } from "../src/cells/store";
import type { CellData } from "../src/cells/types";
import type { GalleryField } from "../src/gallery/document";
import { cellData } from "./helpers";

export function storeOf(...cells: CellData[]): BoxStore {
  const store = new BoxStore("Me");
  store.load(cells);
  return store;
}

export function field(change: Partial<GalleryField> = {}): GalleryField {
  return { id: "f1", slide: 0, position: 1, um_per_px: 0.1, scale_source: "file", windowed: true, ...change };
}

export const unidentified = (id: string, change: Partial<CellData> = {}): CellData =>
  cellData(id, { unidentified: true, probability: 0.4, ...change });
export const lymphocyte = (id: string, change: Partial<CellData> = {}): CellData =>
  cellData(id, { suggested: "lymphocyte", ...change });
export const labelled = (id: string, cls: string, change: Partial<CellData> = {}): CellData =>
  cellData(id, { class: cls, review_state: "labelled", version: 2, by: "Me", ...change });
