import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Box } from "../src/cells/types";
import { Marks } from "../src/location/marks";
import {
  around,
  between,
  type Corner,
  LEAST_SIDE,
  moved,
  nudged,
  resized,
  scaled,
  usualSize,
} from "../src/slide/boxes";
import { filterOf, NEUTRAL, sane } from "../src/slide/display";
import { GridIndex } from "../src/slide/grid";
import { slideCommandFor } from "../src/slide/keys";
import { Memory } from "../src/slide/memory";
import { matches } from "../src/slide/order";
import { CLASSES } from "./helpers";

const ROOM = { width: 640, height: 480 };
const box = fc
  .record({
    x: fc.integer({ min: 0, max: 600 }),
    y: fc.integer({ min: 0, max: 440 }),
    w: fc.integer({ min: LEAST_SIDE, max: 40 }),
    h: fc.integer({ min: LEAST_SIDE, max: 40 }),
  })
  .map(({ x, y, w, h }): Box => [x, y, x + w, y + h]);
const far = fc.integer({ min: -2_000, max: 2_000 });

function fits([x0, y0, x1, y1]: Box): boolean {
  return (
    x0 >= 0 &&
    y0 >= 0 &&
    x1 <= ROOM.width &&
    y1 <= ROOM.height &&
    x1 - x0 >= LEAST_SIDE - 0.11 &&
    y1 - y0 >= LEAST_SIDE - 0.11
  );
}

describe("boxes", () => {
  it("stay on the field and keep their size when they are moved", () => {
    fc.assert(
      fc.property(box, far, far, (b, dx, dy) => {
        const out = moved(b, dx, dy, ROOM);
        expect(fits(out)).toBe(true);
        expect([out[2] - out[0], out[3] - out[1]]).toEqual([b[2] - b[0], b[3] - b[1]]);
      }),
    );
  });

  it("stay on the field with a least size when they are resized", () => {
    fc.assert(
      fc.property(box, fc.constantFrom<Corner>("nw", "ne", "sw", "se"), far, far, (b, corner, dx, dy) => {
        expect(fits(resized(b, corner, dx, dy, ROOM))).toBe(true);
      }),
    );
    expect(resized([10, 10, 50, 50], "se", 5, -5, ROOM)).toEqual([10, 10, 55, 45]);
    expect(resized([10, 10, 50, 50], "nw", 5, -5, ROOM)).toEqual([15, 5, 50, 50]);
  });

  it("follow the arrow keys", () => {
    expect(nudged([10, 10, 50, 50], "left", 4, ROOM)).toEqual([6, 10, 46, 50]);
    expect(scaled([10, 10, 50, 50], "right", 4, ROOM)).toEqual([8, 10, 52, 50]);
    expect(scaled([10, 10, 50, 50], "up", 4, ROOM)).toEqual([10, 12, 50, 48]);
    expect(scaled([10, 10, 14, 14], "left", 4, ROOM)).toEqual([10, 10, 14, 14]);
  });

  it("are drawn from any corner to any other, and not by a twitch", () => {
    expect(between(50, 60, 10, 20, ROOM)).toEqual([10, 20, 50, 60]);
    expect(between(-5, -5, 30, 900, ROOM)).toEqual([0, 0, 30, 480]);
    expect(between(10, 10, 12, 12, ROOM)).toBeNull();
  });

  it("have a usual size: the median of the field, or that of a white cell", () => {
    expect(
      usualSize(
        [
          [0, 0, 10, 20],
          [0, 0, 30, 22],
          [0, 0, 50, 60],
        ],
        0.1,
      ),
    ).toEqual({ width: 30, height: 22 });
    expect(usualSize([], 0.1).width).toBeCloseTo(130);
    expect(usualSize([], null)).toEqual({ width: 60, height: 60 });
    expect(around(0, 0, { width: 30, height: 20 }, ROOM)).toEqual([0, 0, 30, 20]);
  });

  it("are found where they lie after they moved", () => {
    const index = new GridIndex([{ id: "a", box: [0, 0, 20, 20] as Box }], 640, 480);
    index.replace([0, 0, 20, 20], { id: "a", box: [300, 300, 340, 340] });
    expect(index.at(10, 10)).toBeNull();
    expect(index.at(310, 310)?.id).toBe("a");
    expect(index.within([0, 0, 640, 480])).toHaveLength(1);
  });
});

describe("keys of the slide page", () => {
  const press = (key: string, more = {}) =>
    slideCommandFor(
      { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more },
      CLASSES,
      false,
    );

  it("go from cell to cell with bare arrows and move boxes with a modifier", () => {
    expect(press("ArrowLeft")).toEqual({ do: "move", direction: "left" });
    expect(press("ArrowLeft", { altKey: true })).toEqual({ do: "nudge", direction: "left", resize: false });
    expect(press("ArrowUp", { ctrlKey: true, shiftKey: true })).toEqual({
      do: "nudge",
      direction: "up",
      resize: true,
    });
  });

  it("make, remove and leave", () => {
    expect(["a", "Delete", "g", "Enter", "Escape"].map((key) => press(key)?.do)).toEqual([
      "add",
      "remove",
      "gallery",
      "keep",
      "drop",
    ]);
    expect(press("a", { ctrlKey: true })).toBeNull();
    expect(press("2")).toEqual({ do: "label", to: "lymphocyte" });
  });
});

describe("display settings", () => {
  it("are a filter on the picture, and none at all when neutral", () => {
    expect(filterOf(NEUTRAL, "#g")).toBe("");
    expect(filterOf({ brightness: 1.2, contrast: 1, gamma: 0.8 }, "#g")).toBe('url("#g") brightness(1.2)');
  });

  it("are made sane, whatever was kept", () => {
    expect(sane({ brightness: 99, contrast: Number.NaN })).toEqual({
      brightness: 2.5,
      contrast: 1,
      gamma: 1,
    });
    const kept = new Map<string, string>([["wbcweb.view.7", "{broken"]]);
    const memory = new Memory(
      { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => void kept.set(name, text) },
      "7",
    );
    expect(memory.read()).toEqual({ display: NEUTRAL, zoom: null });
    memory.write({ zoom: { perPx: 2, perUm: 20 } });
    memory.write({ display: { ...NEUTRAL, gamma: 2 } });
    expect(memory.read()).toEqual({
      display: { brightness: 1, contrast: 1, gamma: 2 },
      zoom: { perPx: 2, perUm: 20 },
    });
  });
});

describe("the filter", () => {
  const cell = (probability: number | null) =>
    ({ probability, reviewState: "seen", shown: "platelet" }) as Parameters<typeof matches>[0];

  it("hides what is surer than asked for, and never a cell without a suggestion", () => {
    expect([0.4, 0.8, null].map((p) => matches(cell(p), "all", 0.6))).toEqual([true, false, true]);
    expect(matches(cell(0.4), "class:neutrophil", 0.6)).toBe(false);
  });
});

describe("marks of a location check", () => {
  it("count what was found, missed and invented", () => {
    const marks = new Marks(
      [
        [0, 0, 9, 9],
        [20, 20, 29, 29],
      ],
      [],
      [[5, 5]],
    );
    marks.toggle(1);
    expect(marks.miss(7.04, 8)).toBe(1);
    expect([marks.falseBoxes, marks.missed]).toEqual([
      [1],
      [
        [5, 5],
        [7, 8],
      ],
    ]);
    expect(marks.words()).toBe("1 of 3 found, 2 missed, 1 without a cell");
    marks.unmiss(0);
    marks.toggle(1);
    expect(marks.words()).toBe("2 of 3 found, 1 missed, 0 without a cell");
  });
});
