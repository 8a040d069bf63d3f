import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BoxStore, Cell } from "../src/cells/store";
import { type CellData, UNIDENTIFIED } from "../src/cells/types";
import { cellsOf, emptyWords, type GalleryDocument, seenBefore } from "../src/gallery/document";
import { type Command, commandFor } from "../src/gallery/keys";
import { Lanes, laneNames } from "../src/gallery/lanes";
import { NO_FILTERS, ordered, passes } from "../src/gallery/ordering";
import { Selection } from "../src/gallery/selection";
import { field, labelled, lymphocyte, storeOf, unidentified } from "./gallerykit";
import { CLASSES, cellData } from "./helpers";

function lanesOf(store: BoxStore, ids?: string[]): Lanes {
  const lanes = new Lanes();
  const order = ids ?? [...store.all()].map((cell) => cell.id);
  lanes.build(order, (id) => store.get(id)?.shown ?? "", laneNames(CLASSES));
  return lanes;
}

describe("the document", () => {
  const document = {
    fields: [field(), field({ id: "f2", position: 2 })],
    low_confidence: 0.75,
    cells: {
      names: ["", "lymphocyte", "neutrophil"],
      models: ["m1"],
      people: ["Rita"],
      id: ["a", "b", "c"],
      field: [0, 1, -1],
      box: [0, 0, 10, 12, 5, 5, 9, 9, 1, 1, 2, 2],
      label: [1, 0, 0],
      suggested: [2, 2, 0],
      suggestion: [0, 0, -1],
      probability: [0.9, 0.5, null],
      unidentified: [0, 0, 0],
      state: [2, 1, 0],
      version: [3, 1, 1],
      picture: [1, 0, 1],
      by: [0, -1, -1],
      seen: [1, 0, 0],
      comments: [2, 0, 0],
      hand: [0, 0, 1],
    },
  } as unknown as GalleryDocument;

  it("becomes cells again", () => {
    const [a, b, c] = cellsOf(document);
    expect(a).toMatchObject({
      id: "a",
      field: "f1",
      box: [0, 0, 10, 12],
      class: "lymphocyte",
      suggested: "neutrophil",
      suggestion: "m1",
      review_state: "labelled",
      by: "Rita",
      comments: 2,
      crop_url: "/cells/a/crop/",
      low_confidence: false,
    });
    expect(b).toMatchObject({ field: "f2", class: "neutrophil", by: "", crop_url: "", low_confidence: true });
    expect(c).toMatchObject({ field: "", class: "", suggestion: null, hand: true, low_confidence: true });
    expect([...seenBefore(document)]).toEqual(["a"]);
  });

  it("says why it is empty", () => {
    const scope = { kind: "slide", state: "done", state_message: "" } as GalleryDocument["scope"];
    expect(emptyWords(scope, true)).toContain("filters");
    expect(emptyWords(scope, false)).toContain("no white cell");
    expect(emptyWords({ ...scope, state: "running" }, false)).toContain("by themselves");
    expect(emptyWords({ ...scope, state: "failed", state_message: "The job failed." }, false)).toBe(
      "The job failed.",
    );
  });
});

describe("orders", () => {
  const fields = new Map([
    ["f1", field()],
    ["f2", field({ id: "f2", position: 2, um_per_px: 0.2 })],
    ["f3", field({ id: "f3", position: 3, um_per_px: null })],
  ]);
  const context = { field: (id: string) => fields.get(id), ranks: new Map([["d", 0]]) };
  const store = storeOf(
    cellData("a", { probability: 0.95, box: [0, 50, 10, 60] }),
    labelled("b", "neutrophil", { probability: 0.5, box: [0, 0, 30, 30], by: "Zoe" }),
    cellData("c", { probability: 0.6, field: "f2", box: [0, 0, 20, 20] }),
    cellData("d", { probability: 0.99, field: "f3", box: [0, 0, 90, 90] }),
    labelled("e", "lymphocyte", { probability: 0.7, field: "f2", by: "Anna", box: [40, 0, 50, 10] }),
  );
  const by = (order: Parameters<typeof ordered>[1]): string => ordered(store.all(), order, context).join("");

  it("put what waits first and the least sure before the others", () => expect(by("review")).toBe("cadbe"));
  it("go by confidence either way", () => {
    expect(by("least-sure")).toBe("bcead");
    expect(by("surest")).toBe("daecb");
  });
  it("go by size in micrometres, those without a scale last", () => {
    expect(by("largest")).toBe("cbead");
    expect(by("smallest")).toBe("aebcd");
  });
  it("go by position and by reviewer", () => {
    expect(by("position")).toBe("baecd");
    expect(by("reviewer")).toBe("ebacd");
  });
  it("follow the server, those it left out by position", () => expect(by("server:similarity")).toBe("dbaec"));

  it("always hold every cell once, whatever the cells", () => {
    const orders = ["review", "surest", "least-sure", "largest", "smallest", "position", "reviewer"] as const;
    fc.assert(
      fc.property(
        fc.array(fc.record({ p: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), l: fc.boolean() })),
        fc.constantFrom(...orders),
        (list, order) => {
          const many = storeOf(
            ...list.map(({ p, l }, at) =>
              l ? labelled(`x${at}`, "platelet", { probability: p }) : cellData(`x${at}`, { probability: p }),
            ),
          );
          const ids = ordered(many.all(), order, context);
          expect(new Set(ids).size).toBe(list.length);
        },
      ),
    );
  });
});

describe("filters", () => {
  const cell = (data: CellData): Cell => storeOf(data).get(data.id) as Cell;

  it("go by the class that is shown", () => {
    expect(passes(cell(lymphocyte("a")), { ...NO_FILTERS, cls: "lymphocyte" })).toBe(true);
    expect(passes(cell(unidentified("a")), { ...NO_FILTERS, cls: "neutrophil" })).toBe(false);
    expect(passes(cell(unidentified("a")), { ...NO_FILTERS, cls: UNIDENTIFIED })).toBe(true);
  });
  it("go by confidence and by how far the review is", () => {
    expect(passes(cell(cellData("a", { probability: 0.6 })), { ...NO_FILTERS, confidence: "low" })).toBe(
      true,
    );
    expect(passes(cell(cellData("a")), { ...NO_FILTERS, confidence: "low" })).toBe(false);
    expect(passes(cell(labelled("a", "platelet")), { ...NO_FILTERS, state: "corrected" })).toBe(true);
    expect(passes(cell(labelled("a", "neutrophil")), { ...NO_FILTERS, state: "corrected" })).toBe(false);
    expect(passes(cell(cellData("a", { comments: 1 })), { ...NO_FILTERS, state: "commented" })).toBe(true);
    expect(passes(cell(cellData("a", { review_state: "seen" })), { ...NO_FILTERS, state: "unseen" })).toBe(
      false,
    );
  });
});

describe("lanes", () => {
  const store = storeOf(unidentified("u"), cellData("n1"), cellData("n2"), cellData("n3"), lymphocyte("l1"));
  const lanes = lanesOf(store);

  it("are those of the class list, unidentified first, empty ones too", () => {
    expect(lanes.all.map((lane) => [lane.name, lane.cells.length])).toEqual([
      ["?", 1],
      ["neutrophil", 3],
      ["lymphocyte", 1],
      ["erythroblast", 0],
      ["platelet", 0],
      ["not-classed", 0],
      ["not-a-cell", 0],
    ]);
  });

  it("are walked one by one, across their borders and not beyond the ends", () => {
    expect(lanes.step("u", 1)).toBe("n1");
    expect(lanes.step("n3", 1)).toBe("l1");
    expect(lanes.step("l1", -1)).toBe("n3");
    expect(lanes.step("l1", 1)).toBeUndefined();
    expect(lanes.step("u", -1)).toBeUndefined();
  });

  it("are walked row by row, keeping the column as well as they can", () => {
    expect(lanes.row("n1", 1, 2)).toBe("n3");
    expect(lanes.row("n2", 1, 2)).toBe("n3");
    expect(lanes.row("n3", 1, 2)).toBe("l1");
    expect(lanes.row("n2", -1, 2)).toBe("u");
    expect(lanes.row("l1", -1, 2)).toBe("n3");
    expect(lanes.row("l1", 1, 2)).toBeUndefined();
  });

  it("give the cells between two, in either direction", () => {
    expect(lanes.between("u", "n2")).toEqual(["u", "n1", "n2"]);
    expect(lanes.between("l1", "n3")).toEqual(["n3", "l1"]);
  });

  it("find the next that is wanted, round their end", () => {
    expect(lanes.next("n2", (id) => id !== "n3")).toBe("l1");
    expect(lanes.next("l1", () => true)).toBe("u");
    expect(lanes.next(null, () => true)).toBe("u");
    expect(lanes.next("u", () => false)).toBeUndefined();
    expect(lanes.next("n1", (id) => id === "n1")).toBe("n1");
  });

  it("keep a moved cell as a ghost at its place until they settle", () => {
    const here = storeOf(cellData("a"), cellData("b"), lymphocyte("c"));
    const own = lanesOf(here);
    here.apply("a", "lymphocyte");
    expect(own.laneOf("a")).toBe("neutrophil");
    expect(own.ghosts((id) => here.get(id))).toEqual(["a"]);
    expect(own.step("a", 1)).toBe("b");
    expect(own.settle(here.all(), () => true)).toBe(true);
    expect(own.all.find((lane) => lane.name === "lymphocyte")?.cells).toEqual(["c", "a"]);
    expect(own.ghosts((id) => here.get(id))).toEqual([]);
    expect(own.settle(here.all(), () => true)).toBe(false);
  });

  it("leave a confirmed cell where it is", () => {
    const here = storeOf(cellData("a"), cellData("b"));
    const own = lanesOf(here);
    here.apply("a", "neutrophil");
    expect(own.settle(here.all(), () => true)).toBe(false);
    expect(own.flat()).toEqual(["a", "b"]);
  });

  it("take in new cells that the filters let pass, and let go of those that are gone", () => {
    const here = storeOf(cellData("a"), cellData("b"));
    const own = lanesOf(here);
    here.merge([cellData("new"), lymphocyte("hidden")], ["a"]);
    own.settle(here.all(), (cell) => cell.shown === "neutrophil");
    expect(own.flat()).toEqual(["b", "new"]);
    expect(own.place("a")).toBeUndefined();
  });

  it("make a lane for a class that is not in the list", () => {
    const here = storeOf(labelled("a", "plasma-cell"));
    const own = lanesOf(here);
    expect(own.laneOf("a")).toBe("plasma-cell");
  });
});

describe("selection", () => {
  const flat = ["a", "b", "c", "d"];
  const between = (x: string, y: string): string[] => {
    const [i, j] = [flat.indexOf(x), flat.indexOf(y)];
    return flat.slice(Math.min(i, j), Math.max(i, j) + 1);
  };

  it("ranges from where it began, toggles, and begins anew", () => {
    const selection = new Selection();
    selection.pick("b", "only", between);
    selection.pick("d", "range", between);
    expect(selection.targets()).toEqual(["b", "c", "d"]);
    selection.pick("a", "range", between);
    expect(selection.targets()).toEqual(["a", "b"]);
    selection.pick("d", "toggle", between);
    expect(selection.targets()).toEqual(["a", "b", "d"]);
    selection.pick("a", "toggle", between);
    expect(selection.targets()).toEqual(["b", "d"]);
    expect(selection.active).toBe("a");
    selection.collapse();
    expect(selection.targets()).toEqual(["a"]);
  });

  it("never lets go of the last cell, and forgets those that are gone", () => {
    const selection = new Selection();
    selection.pick("b", "only", between);
    selection.pick("b", "toggle", between);
    expect(selection.targets()).toEqual(["b"]);
    selection.keep(() => false);
    expect(selection.targets()).toEqual([]);
    expect(selection.active).toBeNull();
  });
});

describe("keys", () => {
  const press = (key: string, more: Partial<Parameters<typeof commandFor>[0]> = {}): Command | null =>
    commandFor(
      { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more },
      CLASSES,
    );

  it("give classes, from the number pad too, and the acts of the product", () => {
    expect(press("1")).toEqual({ do: "label", to: "neutrophil" });
    expect(press("ArrowDown", { code: "Numpad2" })).toEqual({ do: "label", to: "lymphocyte" });
    expect(press("X")).toEqual({ do: "label", to: "not-classed" });
    expect(press("Backspace")).toEqual({ do: "label", to: "not-a-cell" });
    expect(press(" ")).toEqual({ do: "confirm" });
    expect(press("0")).toEqual({ do: "withdraw" });
    expect(press("g")).toEqual({ do: "slide" });
    expect(press("c")).toEqual({ do: "pin" });
  });

  it("know three ways of undoing and redoing", () => {
    expect(press("z", { ctrlKey: true })).toEqual({ do: "undo" });
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toEqual({ do: "redo" });
    expect(press("y", { metaKey: true })).toEqual({ do: "redo" });
  });

  it("leave the browser's own alone", () => {
    for (const key of ["w", "t", "n", "r", "f", "c"]) expect(press(key, { ctrlKey: true })).toBeNull();
    expect(press("1", { altKey: true })).toBeNull();
    expect(press("F5")).toBeNull();
    expect(press("Tab")).toBeNull();
  });

  it("extend with shift", () => {
    expect(press("ArrowRight", { shiftKey: true })).toEqual({ do: "step", by: 1, extend: true });
    expect(press("ArrowUp")).toEqual({ do: "row", by: -1, extend: false });
  });
});
