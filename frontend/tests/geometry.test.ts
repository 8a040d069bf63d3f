import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contains,
  inkOn,
  intersects,
  nearestInDirection,
  scaleBar,
  toScreen,
  visiblePart,
} from "../src/cells/geometry";
import type { Box } from "../src/cells/types";
import { GridIndex } from "../src/slide/grid";

const box = fc
  .tuple(
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 0, max: 700 }),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 300 }),
  )
  .map(([x, y, w, h]): Box => [x, y, x + w, y + h]);

describe("boxes", () => {
  it("are half-open", () => {
    expect(contains([0, 0, 10, 10], 0, 0)).toBe(true);
    expect(contains([0, 0, 10, 10], 10, 5)).toBe(false);
    expect(intersects([0, 0, 10, 10], [10, 0, 20, 10])).toBe(false);
  });

  it("go to the screen and back", () => {
    const view = { scale: 2, offsetX: 30, offsetY: -10 };
    expect(toScreen([5, 10, 15, 20], view)).toEqual([40, 10, 60, 30]);
    expect(visiblePart(view, 100, 50)).toEqual([-15, 5, 35, 30]);
  });
});

describe("the grid index", () => {
  it("finds what a plain search finds", () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 60 }), box, (boxes, query) => {
        const items = boxes.map((each, index) => ({ id: String(index), box: each }));
        const grid = new GridIndex(items, 1200, 1000);
        const expected = items.filter((item) => intersects(item.box, query)).map((item) => item.id);
        expect(
          grid
            .within(query)
            .map((item) => item.id)
            .sort(),
        ).toEqual(expected.sort());
      }),
    );
  });

  it("gives the smallest box under the pointer", () => {
    const grid = new GridIndex(
      [
        { id: "large", box: [0, 0, 400, 400] },
        { id: "small", box: [90, 90, 120, 120] },
      ],
      640,
      480,
    );
    expect(grid.at(100, 100)?.id).toBe("small");
    expect(grid.at(200, 200)?.id).toBe("large");
    expect(grid.at(500, 100)).toBeNull();
  });

  it("finds boxes that hang over the edge of the field", () => {
    const grid = new GridIndex([{ id: "edge", box: [-20, -5, 15, 30] }], 100, 100);
    expect(grid.within([-50, -50, 1, 1]).map((item) => item.id)).toEqual(["edge"]);
  });
});

describe("the scale bar", () => {
  it("is the longest round length that fits", () => {
    expect(scaleBar(0.1, 1, 120, false)).toEqual({ length: 100, label: "10 µm" });
    expect(scaleBar(0.25, 0.5, 120, false)).toEqual({ length: 100, label: "50 µm" });
  });

  it("says when the scale is an estimate, and nothing when there is none", () => {
    expect(scaleBar(0.1, 1, 120, true)?.label).toBe("about 10 µm");
    expect(scaleBar(null, 1, 120, false)).toBeNull();
    expect(scaleBar(0, 1, 120, false)).toBeNull();
  });

  it("always fits and is never shorter than a fifth", () => {
    const positive = fc.double({ min: 0.001, max: 50, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (um, scale) => {
        const length = scaleBar(um, scale, 120, false)?.length ?? 0;
        expect(length).toBeLessThanOrEqual(120.001);
        expect(length).toBeGreaterThanOrEqual(120 / 2.5 - 0.001);
      }),
    );
  });
});

describe("arrow keys", () => {
  const centres = [
    { x: 100, y: 0 },
    { x: 30, y: 80 },
    { x: -50, y: 5 },
  ];

  it("take the nearest cell on that side", () => {
    expect(nearestInDirection(centres, { x: 0, y: 0 }, "right")).toBe(0);
    expect(nearestInDirection(centres, { x: 0, y: 0 }, "left")).toBe(2);
    expect(nearestInDirection(centres, { x: 0, y: 0 }, "down")).toBe(1);
    expect(nearestInDirection(centres, { x: 0, y: 0 }, "up")).toBe(-1);
  });
});

describe("ink", () => {
  it("keeps letters readable on every class colour", () => {
    const luminance = (hex: string): number => {
      const value = Number.parseInt(hex.slice(1), 16);
      const [r, g, b] = [16, 8, 0].map((shift) => {
        const c = ((value >> shift) & 255) / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const colours = "#56B4E9 #882255 #009E73 #D55E00 #0072B2 #CC79A7 #E69F00 #F0E442 #767676".split(" ");
    for (const colour of colours) {
      const [a, b] = [luminance(colour), luminance(inkOn(colour))];
      expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), colour).toBeGreaterThanOrEqual(4.5);
    }
    expect.assertions(colours.length);
  });
});
