import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cell } from "../src/cells/store";
import type { CellData } from "../src/cells/types";
import { readPrefs, USUAL, writePrefs } from "../src/gallery/prefs";
import {
  bodyHeight,
  columnsIn,
  laneTops,
  metricsFor,
  rowHeight,
  rowsInView,
  scrollFor,
} from "../src/gallery/rows";
import { boxInPart, Scales, usualSide } from "../src/gallery/scale";
import { saidOf } from "../src/gallery/tile";
import { field, labelled, storeOf } from "./gallerykit";
import { cellData } from "./helpers";

describe("rows", () => {
  const m = metricsFor("m");

  it("fill the width", () => {
    expect(columnsIn(2 * m.pad + 3 * m.tile + 2 * m.gap, m)).toBe(3);
    expect(columnsIn(2 * m.pad + 3 * m.tile + 2 * m.gap - 1, m)).toBe(2);
    expect(columnsIn(10, m)).toBe(1);
  });

  it("lie one below the other, lane after lane", () => {
    const tops = laneTops([5, 0, 2], 2, m);
    expect(tops).toEqual([
      0,
      m.head + bodyHeight(5, 2, m),
      2 * m.head + bodyHeight(5, 2, m),
      3 * m.head + bodyHeight(5, 2, m) + bodyHeight(2, 2, m),
    ]);
    expect(bodyHeight(0, 2, m)).toBe(0);
  });

  it("are drawn only where they are in view, and a few around", () => {
    const height = rowHeight(m);
    const view = { top: m.head + 100 * height, height: 4 * height };
    expect(rowsInView(0, 10_000, 5, m, view, 2)).toEqual({ first: 98, last: 106 });
    expect(rowsInView(0, 10_000, 5, m, { top: 0, height: 100 }, 2).first).toBe(0);
    const below = rowsInView(1e6, 10_000, 5, m, view, 2);
    expect(below.first).toBe(below.last);
  });

  it("never draw more than a screen and its margin, wherever one looks", () => {
    fc.assert(
      fc.property(
        fc.nat(20_000),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(3_000_000),
        (cells, columns, top) => {
          const span = rowsInView(0, cells, columns, m, { top, height: 900 });
          expect(span.last - span.first).toBeLessThanOrEqual(Math.ceil(900 / rowHeight(m)) + 5);
          expect(span.last).toBeLessThanOrEqual(Math.ceil(cells / columns));
          expect(span.first).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it("are scrolled to only when they are not whole on screen, below the head of their lane", () => {
    const view = { top: 1000, height: 500 };
    expect(scrollFor(1000 + m.head, m, view)).toBe(1000);
    expect(scrollFor(1000, m, view)).toBe(1000 - m.head);
    expect(scrollFor(1490, m, view)).toBe(1490 + rowHeight(m) - 500);
  });
});

describe("pictures", () => {
  const cell = { field: "f1", box: [100, 100, 180, 200] as const, cropUrl: "/cells/a/crop/" };

  it("show the same number of micrometres whatever the field's scale", () => {
    const scales = new Scales([field(), field({ id: "f2", um_per_px: 0.05 })], 30, 80);
    expect(scales.side("f1", 30)).toBe(300);
    expect(scales.side("f2", 30)).toBe(600);
    expect(scales.picture(cell, 128).url).toBe("/fields/f1/window/140/150/300/128/");
    expect(scales.picture(cell, 130).url).toContain("/192/");
    expect(scales.picture(cell, 128)).toMatchObject({ unscaled: false, clipped: false });
  });

  it("go by pixels and say so where the scale is unknown", () => {
    const scales = new Scales([field({ um_per_px: null })], 30, 80);
    expect(scales.side("f1", 30)).toBe(160);
    expect(scales.side("f1", 45)).toBe(240);
    expect(scales.picture(cell, 128).unscaled).toBe(true);
    expect(
      usualSide([
        [0, 0, 5, 10],
        [0, 0, 30, 20],
        [0, 0, 8, 8],
      ]),
    ).toBe(10);
  });

  it("say when a cell reaches beyond them, and fall back to the stored crop", () => {
    const scales = new Scales([field({ um_per_px: 0.5 }), field({ id: "big", windowed: false })], 30, 80);
    expect(scales.picture(cell, 128).clipped).toBe(true);
    expect(scales.picture({ ...cell, field: "big" }, 128)).toMatchObject({ url: cell.cropUrl, part: null });
  });

  it("know where the box lies in them", () => {
    const place = boxInPart([100, 100, 180, 200], { x: 140, y: 150, side: 200 });
    expect(place).toEqual({ left: 0.3, top: 0.25, width: 0.4, height: 0.5 });
  });
});

describe("the line below a picture", () => {
  const said = (data: CellData): string => saidOf(storeOf(data).get(data.id) as Cell);

  it("says what matters most", () => {
    expect(said(cellData("a"))).toBe("0.90");
    expect(said(labelled("a", "neutrophil"))).toBe("labelled");
    expect(said(labelled("a", "lymphocyte"))).toBe("changed");
    expect(said(cellData("a", { suggested: "", probability: null }))).toBe("");
    const store = storeOf(cellData("a"));
    store.apply("a", "platelet");
    expect(saidOf(store.get("a") as Cell)).toBe("saving");
  });
});

describe("preferences", () => {
  function place(text: string | null): Pick<Storage, "getItem" | "setItem"> & { text: string | null } {
    return {
      text,
      getItem() {
        return this.text;
      },
      setItem(_, value) {
        this.text = value;
      },
    };
  }

  it("are kept, and the usual where they make no sense", () => {
    const kept = place(null);
    expect(readPrefs(kept)).toEqual(USUAL);
    writePrefs(kept, { size: "l", order: "largest", advance: false });
    expect(readPrefs(kept)).toEqual({ size: "l", order: "largest", advance: false });
    expect(readPrefs(place("{not json"))).toEqual(USUAL);
    expect(readPrefs(place('{"order":"server:similarity","size":"xl"}'))).toEqual(USUAL);
  });
});
