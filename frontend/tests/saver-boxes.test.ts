import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Names } from "../src/cells/labels";
import { conflictWords } from "../src/cells/savemark";
import type { Conflict } from "../src/cells/saver";
import { ApiError } from "../src/shared/api";
import { thereChoices, thereWords } from "../src/slide/twins";
import { CLASSES, cellData } from "./helpers";
import { open, Server, settle } from "./saverkit";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("boxes", () => {
  it("are drawn at once, sent once, and go on under the server's name", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    server.failures = [new ApiError(0, "offline", "")];
    const draft = page.session.box("f1", [20, 20, 40, 40], null) ?? "";
    page.session.label("platelet"); // before the server knows of the cell
    expect(page.store.get(draft)).toMatchObject({ box: [20, 20, 40, 40], label: "platelet", hand: true });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(page.store.get(draft)).toBeUndefined();
    expect(page.session.selected?.id).toBe("real-1");
    expect(page.store.get("real-1")).toMatchObject({ label: "platelet", pending: 0 });
    expect(server.cells.get("real-1")).toMatchObject({ class: "platelet", box: [20, 20, 40, 40] });
    expect(new Set(server.sent.map((act) => act.key)).size).toBe(2);
  });

  it("wait in the browser's storage and are sent after a reload", async () => {
    const server = new Server(cellData("a"), cellData("b"));
    const first = open(server);
    server.failures = Array.from({ length: 3 }, () => new ApiError(0, "offline", ""));
    first.session.box("f1", [20, 20, 40, 40], null);
    first.session.select("a");
    first.session.moveBox([1, 1, 12, 12]);
    first.session.select("b");
    first.session.remove();
    await settle();
    server.failures = [];
    const second = open(server, { text: first.kept.text });
    expect(second.saver.restore()).toBe(3);
    expect(second.store.get("a")?.box).toEqual([1, 1, 12, 12]);
    expect(second.store.get("b")).toBeUndefined();
    await settle();
    expect([...server.cells.keys()]).toEqual(["a", "real-1"]);
    expect(server.cells.get("a")?.box).toEqual([1, 1, 12, 12]);
    expect(second.kept.text).toBeNull();
  });

  it("that somebody else moved meanwhile are shown both, and either can be kept", async () => {
    for (const whose of ["mine", "theirs"] as const) {
      const server = new Server(cellData("a"));
      const page = open(server);
      server.put("a", cellData("a", { box: [5, 5, 30, 30] }));
      page.session.select("a");
      page.session.moveBox([1, 1, 12, 12]);
      await settle();
      const conflict = page.states.at(-1)?.conflicts[0];
      expect(conflict).toMatchObject({ about: "box", mine: [1, 1, 12, 12], theirs: [5, 5, 30, 30], by: "B" });
      expect(page.store.get("a")?.box).toEqual([1, 1, 12, 12]);
      page.saver.choose("a", whose, `key-${whose}`, Date.now());
      await settle();
      const kept = whose === "mine" ? [1, 1, 12, 12] : [5, 5, 30, 30];
      expect(server.cells.get("a")?.box).toEqual(kept);
      expect(page.store.get("a")).toMatchObject({ box: kept, pending: 0 });
      expect(page.states.at(-1)?.conflicts).toEqual([]);
    }
  });

  it("that somebody else changed are not removed without a word", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    server.set("a", "platelet");
    page.session.select("a");
    page.session.remove();
    expect(page.store.get("a")).toBeUndefined();
    await settle();
    expect(page.store.get("a")?.label).toBe("platelet");
    const conflict = page.states.at(-1)?.conflicts[0];
    expect(conflict).toMatchObject({ about: "remove", current: "platelet" });
    expect(conflictWords(conflict as Conflict, (name) => name ?? "").sentence).toContain("you removed it");
    page.saver.choose("a", "mine", "again", Date.now());
    await settle();
    expect(server.cells.size).toBe(0);
    expect(page.store.size).toBe(0);
  });

  it("are removed on top of what was done to them before and is not answered yet", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    page.session.select("a");
    page.session.label("platelet");
    page.session.box("f1", [1, 1, 10, 10], null);
    page.session.undo();
    page.session.remove();
    page.session.remove();
    await settle();
    expect([...server.cells.keys()]).toEqual([]);
    expect(page.states.at(-1)?.conflicts).toEqual([]);
  });

  it("come back when the server refuses to take them off", async () => {
    const server = new Server(cellData("a"));
    server.failures = [new ApiError(403, "not-permitted", "No.")];
    const page = open(server);
    page.session.select("a");
    page.session.remove();
    await settle();
    expect(page.store.get("a")?.shown).toBe("neutrophil");
    expect(page.refused).toEqual(["No."]);
  });

  it("end with what the server has, whatever is done", async () => {
    const step = fc.constantFrom(
      "add",
      "box",
      "remove",
      "platelet",
      "undo",
      "redo",
      "next",
      "previous",
      "wait",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 0, max: 5 }),
        async (steps, failures) => {
          const server = new Server(cellData("a"), cellData("b"));
          server.failures = Array.from({ length: failures }, () => new ApiError(0, "offline", ""));
          const page = open(server);
          page.session.select("a");
          for (const [at, each] of steps.entries()) {
            if (each === "add") page.session.box("f1", [at, at, at + 9, at + 9], null);
            else if (each === "box") page.session.moveBox([at, 0, at + 20, 20]);
            else if (each === "remove") page.session.remove();
            else if (each === "undo") page.session.undo();
            else if (each === "redo") page.session.redo();
            else if (each === "next") page.session.step(1);
            else if (each === "previous") page.session.step(-1);
            else if (each === "wait") await vi.advanceTimersByTimeAsync(700);
            else page.session.label(each);
          }
          await vi.advanceTimersByTimeAsync(120_000);
          const shown = [...page.store.all()].map((cell) => [cell.id, cell.label, cell.box, cell.pending]);
          const held = [...server.cells.values()].map((cell) => [
            cell.id,
            cell.review_state === "labelled" ? cell.class : "",
            cell.box,
            0,
          ]);
          expect(shown.sort()).toEqual(held.sort());
          expect(page.states.at(-1)?.waiting ?? 0).toBe(0);
          // What is done to a box that is being undone comes too late, and is said.
          expect(page.refused.filter((words) => words !== "It is gone.")).toEqual([]);
          expect(page.states.at(-1)?.conflicts ?? []).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("of a cell that somebody else boxed at the same instant are a choice, not a twin", async () => {
    const server = new Server();
    const there = { cell: "theirs", by: "Ben", class: "monocyte", overlap: 0.7, same: false };
    const refusal = () => new ApiError(409, "cell-there", "Ben has boxed this cell already.", there);
    const page = open(server);
    server.failures = [refusal()];
    page.session.box("f1", [20, 20, 40, 40], null);
    page.session.label("platelet"); // before the server's word
    await settle();
    expect(page.store.size).toBe(0);
    expect(page.there).toEqual([[{ field: "f1", box: [20, 20, 40, 40], to: "platelet" }, there]]);
    expect(page.refused).toEqual([]);
    page.session.box("f1", [20, 20, 40, 40], "platelet", true);
    await settle();
    expect(server.sent.at(-1)).toMatchObject({ kind: "add", apart: true, to: "platelet" });
    expect(page.store.get("real-1")).toMatchObject({ label: "platelet", pending: 0 });
    server.failures = [refusal()];
    page.session.box("f1", [60, 60, 80, 80], null);
    page.session.remove(); // drawn and removed again: nothing to choose
    await settle();
    expect(page.there).toHaveLength(1);
  });
});

describe("the words about a cell that is there", () => {
  const there = { cell: "a", by: "Ben", class: "lymphocyte", overlap: 0.7, same: false };
  const names = new Names(CLASSES);

  it("say whose it is, and that the own class is not saved", () => {
    expect(thereWords(there, "neutrophil", names)).toBe(
      "Ben has boxed this cell already as Lymphocyte. Your Neutrophil is not saved.",
    );
    expect(thereWords({ ...there, by: "", class: null }, null, names)).toBe(
      "The model has boxed this cell already.",
    );
  });

  it("offer to keep the own box only where it is not the very same", () => {
    const run = () => undefined;
    expect(thereChoices(there, run, run).map((choice) => choice.label)).toEqual([
      "Show that cell",
      "It is another cell: keep mine",
    ]);
    expect(thereChoices({ ...there, same: true }, run, run)).toHaveLength(1);
  });
});
