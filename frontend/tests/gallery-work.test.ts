import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Act } from "../src/cells/saver";
import { ApiError } from "../src/shared/api";
import { cellData } from "./helpers";
import { many, offline, open, Server, settle } from "./workkit";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a bulk move", () => {
  it("is drawn at once and sent in parts of 500 with one name", async () => {
    const server = new Server(...many(1_201));
    const page = open(server);
    const told = vi.fn();
    page.store.subscribe(told);
    expect(page.work.label([...server.cells.keys()], "platelet")).toHaveLength(1_201);
    expect(told).toHaveBeenCalledTimes(1);
    expect([...page.store.all()].every((cell) => cell.shown === "platelet")).toBe(true);
    await settle();
    expect(server.log).toEqual(["many 500", "many 500", "many 201"]);
    expect(page.states.at(-1)).toMatchObject({ waiting: 0, conflicts: [] });
    expect([...page.store.all()].every((cell) => cell.version === 2 && cell.pending === 0)).toBe(true);
    expect(page.kept.text).toBeNull();
  });

  it("leaves what has the class already alone, and goes alone when one is left", async () => {
    const server = new Server(cellData("a"), cellData("b", { class: "platelet", review_state: "labelled" }));
    const page = open(server);
    expect(page.work.label(["a", "b"], "platelet")).toEqual(["a"]);
    await settle();
    expect(server.log).toEqual(["one a"]);
  });

  it("shows both values of each cell that somebody else changed, and keeps the others", async () => {
    const server = new Server(...many(4));
    const page = open(server);
    server.set("c1", "lymphocyte", "Otto");
    page.work.label(["c0", "c1", "c2"], "platelet");
    await settle();
    expect(page.states.at(-1)?.conflicts).toEqual([
      { cell: "c1", yours: "platelet", current: "lymphocyte", version: 2, by: "Otto" },
    ]);
    expect([server.label("c0"), server.label("c1"), server.label("c2")]).toEqual([
      "platelet",
      "lymphocyte",
      "platelet",
    ]);
    page.saver.choose("c1", "mine", "chosen", Date.now());
    await settle();
    expect(server.label("c1")).toBe("platelet");
  });

  it("waits for the network and is sent once, also after a reload", async () => {
    const server = new Server(...many(3));
    server.failures = [offline()];
    const first = open(server);
    first.work.label(["c0", "c1", "c2"], "platelet");
    await vi.advanceTimersByTimeAsync(500);
    expect(first.states.at(-1)).toMatchObject({ waiting: 3, reason: "The server could not be reached." });
    server.failures = [];

    const second = open(server, { text: first.kept.text });
    expect(second.saver.restore()).toBe(3);
    expect(second.store.get("c2")?.label).toBe("platelet");
    await settle();
    expect([...server.cells.values()].map((cell) => cell.version)).toEqual([2, 2, 2]);
    expect(second.states.at(-1)?.waiting).toBe(0);
  });

  it("is refused in words when the role does not allow it", async () => {
    const server = new Server(...many(3));
    server.failures = [new ApiError(403, "not-permitted", "Your role does not allow this.")];
    const page = open(server);
    page.work.label(["c0", "c1"], "platelet");
    await settle();
    expect(page.store.get("c0")).toMatchObject({ label: "", pending: 0 });
    expect(new Set(page.refused)).toEqual(new Set(["Your role does not allow this."]));
  });
});

describe("undo", () => {
  it("takes a whole bulk move back at once and does it again", async () => {
    const server = new Server(...many(5));
    const page = open(server);
    page.work.label([...server.cells.keys()], "platelet");
    await settle();
    expect(page.work.undo()).toHaveLength(5);
    expect(page.store.get("c4")?.label).toBe("");
    await settle();
    expect([...server.cells.keys()].map((id) => server.label(id))).toEqual(["", "", "", "", ""]);
    expect(page.store.get("c4")).toMatchObject({ label: "", version: 3, pending: 0 });
    page.work.redo();
    expect(page.store.get("c0")?.label).toBe("platelet");
    await settle();
    expect(server.label("c0")).toBe("platelet");
    expect(page.store.get("c0")).toMatchObject({ version: 4, pending: 0 });
  });

  it("waits for the acts before it, and those after wait for it", async () => {
    const server = new Server(...many(2));
    const page = open(server);
    page.work.label(["c0"], "platelet");
    page.work.undo();
    page.work.label(["c0"], "lymphocyte");
    page.work.label(["c1"], "lymphocyte");
    await settle();
    expect(server.log).toEqual(["one c0", "undo", "one c0", "one c1"]);
    expect(page.states.at(-1)).toMatchObject({ waiting: 0, conflicts: [] });
    expect([server.label("c0"), server.label("c1")]).toEqual(["lymphocyte", "lymphocyte"]);
    expect(page.store.get("c0")).toMatchObject({ label: "lymphocyte", version: 4, pending: 0 });
  });

  it("works for what an earlier page did", async () => {
    const server = new Server(...many(2));
    const first = open(server);
    first.work.label(["c0", "c1"], "platelet");
    await settle();
    const second = open(server);
    expect(second.work.undo()).toBeNull();
    second.work.acts = { undo: { what: "Platelet for 2 cells", n: 2 }, redo: null };
    expect(second.work.undo()).toEqual([]);
    await settle();
    expect(second.store.get("c1")).toMatchObject({ label: "", version: 3 });
  });

  it("leaves what somebody else changed since, and draws what stands", async () => {
    const server = new Server(...many(2));
    const page = open(server);
    page.work.label(["c0", "c1"], "platelet");
    await settle();
    server.set("c1", "lymphocyte", "Otto");
    page.work.undo();
    expect(page.store.get("c1")?.label).toBe("");
    await settle();
    expect(page.store.get("c0")).toMatchObject({ label: "", pending: 0 });
    expect(page.store.get("c1")).toMatchObject({ label: "lymphocyte", pending: 0 });
    expect(page.stepped[0]?.results.map((result) => result.status)).toEqual(["applied", "conflict"]);
  });

  it("is kept without a network and sent in its place after a reload", async () => {
    const server = new Server(...many(1));
    const first = open(server);
    first.work.label(["c0"], "platelet");
    await settle();
    server.failures = [offline()];
    first.work.undo();
    await vi.advanceTimersByTimeAsync(100);
    expect(first.states.at(-1)?.waiting).toBe(1);
    server.failures = [];
    const second = open(server, { text: first.kept.text });
    expect(second.saver.restore()).toBe(1);
    await settle();
    expect(server.label("c0")).toBe("");
    expect(second.store.get("c0")).toMatchObject({ label: "", pending: 0 });
  });

  it("goes back to what was when the server refuses", async () => {
    const server = new Server(...many(1));
    const page = open(server);
    page.work.label(["c0"], "platelet");
    await settle();
    server.failures = [new ApiError(403, "not-permitted", "Your role does not allow this.")];
    page.work.undo();
    await settle();
    expect(page.store.get("c0")).toMatchObject({ label: "platelet", pending: 0 });
    expect(page.refused).toEqual(["Your role does not allow this."]);
  });
});

describe("another's change", () => {
  it("is taken in, but for what the person has done and the server has not answered", async () => {
    const server = new Server(...many(2));
    const page = open(server);
    page.store.apply("c1", "platelet");
    page.store.merge([server.set("c0", "lymphocyte", "Otto"), server.set("c1", "lymphocyte", "Otto")]);
    expect(page.store.get("c0")).toMatchObject({ label: "lymphocyte", by: "Otto" });
    expect(page.store.get("c1")?.label).toBe("platelet");
  });

  it("never takes an older version for a newer one", () => {
    const page = open(new Server(cellData("a", { version: 3, class: "platelet", review_state: "labelled" })));
    page.store.merge([cellData("a", { version: 2 })]);
    expect(page.store.get("a")?.label).toBe("platelet");
  });

  it("that came while an act waited makes it a conflict, not a silent overwrite", async () => {
    const server = new Server(cellData("a"));
    server.failures = [offline()];
    const page = open(server);
    page.work.label(["a"], "platelet");
    await settle();
    page.store.merge([server.set("a", "lymphocyte", "Otto")]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.label("a")).toBe("lymphocyte");
    expect(page.states.at(-1)?.conflicts).toMatchObject([{ yours: "platelet", current: "lymphocyte" }]);
  });
});

describe("the rest of a lane", () => {
  const sure = { probability: 0.9 };

  it("may be confirmed when all was on screen and nothing is unsure", async () => {
    const server = new Server(
      cellData("a", sure),
      cellData("b", sure),
      cellData("c", { suggested: "lymphocyte" }),
    );
    const page = open(server, { text: null }, new Set(["a", "b"]));
    const check = page.work.checkLanes()("neutrophil");
    expect(check).toEqual({ rest: ["a", "b"], why: "" });
    expect(page.work.confirm(check.rest)).toEqual(["a", "b"]);
    await settle();
    expect([server.label("a"), server.label("b"), server.label("c")]).toEqual([
      "neutrophil",
      "neutrophil",
      "",
    ]);
    expect(page.work.checkLanes()("neutrophil").why).toBe("Every cell of this lane has a label.");
  });

  it("says why not", () => {
    const page = open(
      new Server(
        cellData("a"),
        cellData("b"),
        cellData("c", { probability: 0.6 }),
        cellData("u", { unidentified: true }),
      ),
      { text: null },
      new Set(["a", "c"]),
    );
    const check = page.work.checkLanes();
    expect(check("neutrophil").why).toBe(
      "1 cell has not been on your screen yet; 1 cell is unsure and needs a look.",
    );
    expect(check("?").why).toContain("no suggestion");
    expect(page.work.confirm(["u"])).toEqual([]);
  });
});

describe("what is sent", () => {
  it("says whose suggestion was on screen, and that none was where it is withheld", async () => {
    const server = new Server(
      cellData("a"),
      cellData("blind", { suggested: "", suggestion: null, probability: null, unidentified: true }),
    );
    const sent: Act[] = [];
    const send = server.send;
    server.send = (act) => {
      sent.push(act);
      return send(act);
    };
    const page = open(server);
    page.work.label(["a"], "platelet");
    page.work.label(["blind"], "platelet");
    await settle();
    expect(sent.map((act) => [act.suggestion, act.seenSuggestion])).toEqual([
      ["m1", true],
      [null, false],
    ]);
  });
});
