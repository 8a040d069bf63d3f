import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bodyOf } from "../src/cells/acts";
import { ApiError } from "../src/shared/api";
import { cellData } from "./helpers";
import { open, type Page, Server, settle } from "./saverkit";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("saving", () => {
  it("draws at once, saves, and follows the server's version", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    expect(page.store.get("a")?.shown).toBe("lymphocyte");
    expect(page.states.at(-1)?.waiting).toBe(1);
    await settle();
    expect(server.cells.get("a")).toMatchObject({ class: "lymphocyte", version: 2 });
    expect(page.store.get("a")).toMatchObject({ version: 2, pending: 0 });
    expect(page.states.at(-1)?.waiting).toBe(0);
    expect(server.sent[0]).toMatchObject({ seenSuggestion: true, version: 1, to: "lymphocyte" });
  });

  it("names the suggestion that was on screen when the person acted", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    // A newer model speaks before the next look: the page learns of it with the answer.
    server.cells.set("a", cellData("a", { suggestion: "m2" }));
    page.session.label("platelet");
    await settle();
    page.session.label("erythroblast");
    await settle();
    expect(server.sent.map((act) => bodyOf({ ...act, version: 1 }).suggestion)).toEqual(["m1", "m1", "m2"]);
  });

  it("sends acts on one cell in order, each on the version before", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    page.session.label("platelet");
    page.session.withdraw();
    await settle();
    expect(server.sent.map((act) => act.to)).toEqual(["lymphocyte", "platelet", null]);
    expect(server.cells.get("a")).toMatchObject({ class: "", version: 4 });
    expect(page.store.get("a")).toMatchObject({ label: "", version: 4, pending: 0 });
  });

  it("never shows an older act again while a newer one waits", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    page.session.label("platelet");
    const drawn = new Set<string>();
    page.store.subscribe(() => drawn.add(page.store.get("a")?.shown ?? ""));
    await settle();
    expect([...drawn]).toEqual(["platelet"]);
  });

  it("keeps labels when the person was signed out meanwhile", async () => {
    const server = new Server(cellData("a"));
    server.failures = [new ApiError(401, "signed-out", "You are signed out.")];
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    await settle();
    expect(page.states.at(-1)).toMatchObject({ waiting: 1, reason: "You are signed out." });
    await vi.advanceTimersByTimeAsync(1_100);
    expect(server.cells.get("a")?.class).toBe("lymphocyte");
    expect(page.states.at(-1)).toMatchObject({ waiting: 0, reason: "" });
  });

  it("says not saved after 3 s, tries again with the same key, and saves once", async () => {
    const server = new Server(cellData("a"));
    server.failures = [
      new ApiError(0, "offline", ""),
      new ApiError(503, "busy", ""),
      new ApiError(0, "offline", ""),
    ];
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    await vi.advanceTimersByTimeAsync(2900);
    expect(page.states.at(-1)).toMatchObject({ waiting: 1, late: 0 });
    await vi.advanceTimersByTimeAsync(200);
    expect(page.states.at(-1)).toMatchObject({ waiting: 1, late: 1 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(page.states.at(-1)).toMatchObject({ waiting: 0, late: 0 });
    expect(new Set(server.sent.map((act) => act.key)).size).toBe(1);
    expect(server.sent).toHaveLength(4);
    expect(server.cells.get("a")?.version).toBe(2);
  });

  it("retries at once when the network comes back", async () => {
    const server = new Server(cellData("a"));
    server.failures = [new ApiError(0, "offline", "")];
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    await settle();
    page.saver.retryNow();
    await settle();
    expect(server.cells.get("a")?.class).toBe("lymphocyte");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.sent).toHaveLength(2);
  });

  it("does not hold up other cells when one keeps failing", async () => {
    const server = new Server(cellData("a"), cellData("b"));
    server.failures = [new ApiError(500, "error", "")];
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    await settle();
    page.session.select("b");
    page.session.label("platelet");
    await settle();
    expect(server.cells.get("b")?.class).toBe("platelet");
    expect(server.cells.get("a")?.class).toBe("");
  });

  it("sends acts on different cells in the person's order, so that an undo after an outage meets the last", async () => {
    const server = new Server(cellData("a"), cellData("b"));
    server.failures = Array.from({ length: 3 }, () => new ApiError(0, "offline", ""));
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    page.session.select("b");
    page.session.label("platelet");
    page.session.undo();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.cells.get("a")?.class).toBe("lymphocyte");
    expect(server.cells.get("b")?.class).toBe("");
    expect(server.answered.size).toBe(3);
  });

  it("takes up unsaved acts after a reload, and not twice when the answer was lost", async () => {
    const server = new Server(cellData("a"), cellData("b"));
    const first = open(server);
    first.session.select("a");
    server.failures = [new ApiError(0, "offline", "")];
    first.session.label("lymphocyte");
    await settle();
    expect(first.kept.text).toContain("lymphocyte");
    // The server has it after all; only the answer was lost.
    const act = server.sent[0];
    if (act) await server.send({ ...act, version: 1 });

    const second = open(server, { text: first.kept.text });
    expect(second.saver.restore()).toBe(1);
    expect(second.store.get("a")?.label).toBe("lymphocyte");
    await settle();
    expect(server.cells.get("a")?.version).toBe(2);
    expect(second.kept.text).toBeNull();
  });

  it("says so when a kept act belongs to a cell that is not there any more", async () => {
    const first = open(new Server(cellData("a"), cellData("b")));
    first.session.select("a");
    first.session.label("lymphocyte");
    const second = open(new Server(cellData("b")), { text: first.kept.text });
    expect(second.saver.restore()).toBe(0);
    await settle();
    expect(second.refused).toEqual([expect.stringContaining("replaced")]);
    expect(second.kept.text).toBeNull();
  });

  it("survives nonsense in the browser's storage", () => {
    const page = open(new Server(cellData("a")), { text: "{not json" });
    expect(page.saver.restore()).toBe(0);
    expect(page.kept.text).toBeNull();
  });

  it("goes back and says why when the server refuses for good", async () => {
    const server = new Server(cellData("a"));
    server.failures = [new ApiError(403, "not-permitted", "Your role does not allow this.")];
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    await settle();
    expect(page.store.get("a")?.shown).toBe("neutrophil");
    expect(page.refused).toEqual(["Your role does not allow this."]);
    expect(page.kept.text).toBeNull();
  });
});

describe("conflicts", () => {
  async function conflicted(): Promise<{ server: Server; page: Page }> {
    const server = new Server(cellData("a"));
    const page = open(server);
    server.set("a", "platelet");
    page.session.select("a");
    page.session.label("lymphocyte");
    await settle();
    return { server, page };
  }

  it("show both values and wait", async () => {
    const { page, server } = await conflicted();
    expect(page.states.at(-1)?.conflicts).toEqual([
      { cell: "a", yours: "lymphocyte", current: "platelet", version: 2, by: "B" },
    ]);
    expect(server.cells.get("a")?.class).toBe("platelet");
    expect(page.store.get("a")?.shown).toBe("lymphocyte");
  });

  it("can be settled with mine", async () => {
    const { page, server } = await conflicted();
    page.saver.choose("a", "mine", "new-key", Date.now());
    await settle();
    expect(server.cells.get("a")).toMatchObject({ class: "lymphocyte", version: 3 });
    expect(page.store.get("a")).toMatchObject({ label: "lymphocyte", pending: 0 });
    expect(page.states.at(-1)?.conflicts).toEqual([]);
  });

  it("can be settled with theirs", async () => {
    const { page, server } = await conflicted();
    page.saver.choose("a", "theirs", "new-key", Date.now());
    await settle();
    expect(page.store.get("a")).toMatchObject({ label: "platelet", version: 2, pending: 0 });
    expect(server.sent).toHaveLength(1);
  });

  it("are settled by a further key on the cell", async () => {
    const { page, server } = await conflicted();
    page.session.label("erythroblast");
    await settle();
    expect(server.cells.get("a")?.class).toBe("erythroblast");
    expect(page.states.at(-1)?.conflicts).toEqual([]);
  });

  it("are none when both chose the same", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    server.set("a", "lymphocyte");
    page.session.select("a");
    page.session.label("lymphocyte");
    await settle();
    expect(page.states.at(-1)?.conflicts).toEqual([]);
    expect(page.store.get("a")).toMatchObject({ label: "lymphocyte", version: 2, pending: 0 });
  });
});

describe("the session", () => {
  it("confirms the suggestion, refuses to confirm what is unidentified", async () => {
    const server = new Server(cellData("a"), cellData("b", { unidentified: true }));
    const page = open(server);
    page.session.select("a");
    expect(page.session.confirm()).toBe(true);
    expect(page.session.nextUnreviewed()?.id).toBe("b");
    expect(page.session.confirm()).toBe(false);
    await settle();
    expect(server.cells.get("a")?.class).toBe("neutrophil");
    expect(server.cells.get("b")?.class).toBe("");
  });

  it("finds no next one when all are labelled", () => {
    const page = open(new Server(cellData("a"), cellData("b")));
    page.session.select("a");
    page.session.label("platelet");
    page.session.select("b");
    page.session.label("platelet");
    expect(page.session.nextUnreviewed()).toBeNull();
    expect(page.session.selected?.id).toBe("b");
  });

  it("undoes and does again through the server", async () => {
    const server = new Server(cellData("a"));
    const page = open(server);
    page.session.select("a");
    page.session.label("lymphocyte");
    page.session.label("platelet");
    await settle();
    page.session.undo();
    expect(page.store.get("a")?.label).toBe("lymphocyte");
    page.session.undo();
    await settle();
    expect(server.cells.get("a")?.class).toBe("");
    expect(page.session.undo()).toBe(false);
    page.session.redo();
    await settle();
    expect(server.cells.get("a")?.class).toBe("lymphocyte");
    expect(server.sent.map((act) => act.kind)).toEqual(["label", "label"]);
    expect(server.steps).toEqual(["undo", "undo", "redo"]);
  });

  it("undoes what an earlier visit did, which only the server knows", async () => {
    const server = new Server(cellData("a"));
    const first = open(server);
    first.session.select("a");
    first.session.label("platelet");
    await settle();
    const later = open(server);
    expect(later.session.canUndo).toBe(false);
    later.session.know({ undo: { what: "Platelet", n: 1 }, redo: null });
    expect(later.session.undo()).toBe(true);
    await settle();
    expect(later.store.get("a")?.label).toBe("");
  });

  it("ends with what the server has, whatever is pressed", async () => {
    const step = fc.constantFrom(
      "lymphocyte",
      "platelet",
      "withdraw",
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
          for (const each of steps) {
            if (each === "withdraw") page.session.withdraw();
            else if (each === "undo") page.session.undo();
            else if (each === "redo") page.session.redo();
            else if (each === "next") page.session.step(1);
            else if (each === "previous") page.session.step(-1);
            else if (each === "wait") await vi.advanceTimersByTimeAsync(700);
            else page.session.label(each);
          }
          const drawn = ["a", "b"].map((id) => page.store.get(id)?.label);
          await vi.advanceTimersByTimeAsync(120_000);
          const held = ["a", "b"].map((id) => server.cells.get(id)?.class);
          expect(["a", "b"].map((id) => page.store.get(id)?.label)).toEqual(held);
          // Acts arrive in the person's order, also after an outage: what an undo takes back is what the page drew.
          expect(held).toEqual(drawn);
          expect(page.states.at(-1)?.waiting ?? 0).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
