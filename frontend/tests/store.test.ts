import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countRows, largestRemainder, progress } from "../src/cells/counts";
import { SeenTracker } from "../src/cells/seen";
import { BoxStore } from "../src/cells/store";
import { UNIDENTIFIED } from "../src/cells/types";
import { listOrder, rowsInView } from "../src/slide/order";
import { CLASSES, cellData } from "./helpers";

function storeOf(...cells: ReturnType<typeof cellData>[]): BoxStore {
  const store = new BoxStore();
  store.load(cells);
  return store;
}

describe("the store", () => {
  it("shows the label, else the suggestion, else unidentified", () => {
    const store = storeOf(
      cellData("a"),
      cellData("b", { class: "lymphocyte", review_state: "labelled" }),
      cellData("c", { unidentified: true }),
      cellData("d", { suggested: "", suggestion: null, probability: null }),
    );
    expect([...store.all()].map((cell) => cell.shown)).toEqual([
      "neutrophil",
      "lymphocyte",
      UNIDENTIFIED,
      UNIDENTIFIED,
    ]);
  });

  it("draws an act at once and goes back when it is refused", () => {
    const store = storeOf(cellData("a"));
    store.apply("a", "lymphocyte");
    expect(store.get("a")).toMatchObject({
      label: "lymphocyte",
      shown: "lymphocyte",
      reviewState: "labelled",
      pending: 1,
    });
    store.revert("a");
    expect(store.get("a")).toMatchObject({
      label: "",
      shown: "neutrophil",
      reviewState: "suggested",
      pending: 0,
    });
  });

  it("keeps later acts drawn when an earlier one is answered", () => {
    const store = storeOf(cellData("a"));
    store.apply("a", "lymphocyte");
    store.apply("a", "platelet");
    store.settle(cellData("a", { class: "lymphocyte", review_state: "labelled", version: 2 }), 1);
    expect(store.get("a")).toMatchObject({ label: "platelet", version: 2, pending: 1 });
    store.settle(cellData("a", { class: "platelet", review_state: "labelled", version: 3 }), 0);
    expect(store.get("a")).toMatchObject({ label: "platelet", version: 3, pending: 0 });
  });

  it("is not overwritten by a reload while an act waits", () => {
    const store = storeOf(cellData("a"), cellData("b"));
    store.apply("a", "lymphocyte");
    store.load([
      cellData("a"),
      cellData("b", { class: "platelet", review_state: "labelled", version: 2 }),
      cellData("c"),
    ]);
    expect(store.get("a")?.label).toBe("lymphocyte");
    expect(store.get("b")?.label).toBe("platelet");
    expect(store.size).toBe(3);
  });

  it("tells which cells changed, and null when cells came", () => {
    const store = storeOf(cellData("a"));
    const told: (string[] | null)[] = [];
    store.subscribe((changed) => told.push(changed && [...changed]));
    store.apply("a", "platelet");
    store.load([cellData("a"), cellData("b")]);
    expect(told).toEqual([["a"], null]);
  });

  it("marks as seen what was only suggested", () => {
    const store = storeOf(cellData("a"), cellData("b", { class: "platelet", review_state: "labelled" }));
    store.markSeen(["a", "b", "gone"]);
    expect(store.get("a")?.reviewState).toBe("seen");
    expect(store.get("b")?.reviewState).toBe("labelled");
  });
});

describe("counts", () => {
  it("give per cents of leukocytes, erythroblasts per 100 of them, and none for what is beside", () => {
    const store = storeOf(
      cellData("a"),
      cellData("b"),
      cellData("c", { class: "lymphocyte", review_state: "labelled" }),
      cellData("d", { suggested: "erythroblast" }),
      cellData("e", { suggested: "platelet" }),
      cellData("f", { unidentified: true }),
      cellData("g", { class: "not-classed", review_state: "labelled" }),
    );
    const rows = countRows(store.all(), CLASSES);
    const short = rows.map((row) => [
      row.class,
      row.n,
      row.percent === null ? null : Math.round(row.percent),
    ]);
    expect(short).toEqual([
      ["?", 1, null],
      ["neutrophil", 2, 67],
      ["lymphocyte", 1, 33],
      ["erythroblast", 1, 33],
      ["platelet", 1, null],
      ["not-classed", 1, null],
      ["not-a-cell", 0, null],
    ]);
    expect(progress(store.all())).toEqual({ labelled: 2, total: 7 });
  });

  it("sum to exactly 100.0", () => {
    expect(largestRemainder([1, 1, 1])).toEqual([33.4, 33.3, 33.3]);
    expect(largestRemainder([0, 0])).toEqual([0, 0]);
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 9 }), (counted) => {
        const sum = largestRemainder(counted).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(counted.some((n) => n > 0) ? 100 : 0, 6);
      }),
    );
  });

  it("have no per cent without a leukocyte, and no row for unidentified when there is none", () => {
    const rows = countRows(storeOf(cellData("a", { suggested: "platelet" })).all(), CLASSES);
    expect(rows.every((row) => row.percent === null)).toBe(true);
    expect(rows[0]?.class).toBe("neutrophil");
  });
});

describe("the order of the list", () => {
  const cells = [
    cellData("low", { box: [10, 200, 60, 250], probability: 0.6 }),
    cellData("right", { box: [300, 12, 350, 62], probability: 0.8 }),
    cellData("left", {
      box: [20, 20, 70, 70],
      probability: 0.95,
      class: "platelet",
      review_state: "labelled",
    }),
    cellData("other", { field: "f2", box: [0, 0, 50, 50], unidentified: true, probability: 0.9 }),
  ];
  const all = (): Iterable<ReturnType<BoxStore["get"]> & object> => storeOf(...cells).all();

  it("reads rows from the left, fields in their order", () => {
    expect(listOrder(all(), ["f1", "f2"], "all", "place")).toEqual(["left", "right", "low", "other"]);
    expect(listOrder(all(), ["f2", "f1"], "all", "place")[0]).toBe("other");
  });

  it("puts the least certain first, unidentified before all", () => {
    expect(listOrder(all(), ["f1", "f2"], "all", "doubt")).toEqual(["other", "low", "right", "left"]);
  });

  it("filters by review and by class", () => {
    expect(listOrder(all(), ["f1", "f2"], "unreviewed", "place")).toEqual(["right", "low", "other"]);
    expect(listOrder(all(), ["f1", "f2"], "class:platelet", "place")).toEqual(["left"]);
    expect(listOrder(all(), ["f1", "f2"], "class:?", "place")).toEqual(["other"]);
  });

  it("draws only the rows in view", () => {
    expect(rowsInView(0, 600, 60, 5000)).toEqual({ first: 0, last: 16 });
    expect(rowsInView(60 * 4990, 600, 60, 5000)).toEqual({ first: 4984, last: 5000 });
    expect(rowsInView(0, 600, 60, 3)).toEqual({ first: 0, last: 3 });
    expect(rowsInView(9000, 600, 60, 0)).toEqual({ first: 0, last: 0 });
  });
});

describe("seen", () => {
  it("needs a while on screen without a break, and is told once", () => {
    const seen = new SeenTracker(1000);
    seen.onScreen(["a", "b"], 0);
    seen.onScreen(["a"], 500);
    seen.onScreen(["a", "b"], 1000);
    expect(seen.take()).toEqual(["a"]);
    seen.onScreen(["a", "b"], 2100);
    expect(seen.take()).toEqual(["b"]);
    seen.putBack(["b"]);
    expect(seen.take()).toEqual(["b"]);
  });
});
