import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bodyOf } from "../src/cells/acts";
import { conflictWords, saveKind, saveWords } from "../src/cells/savemark";
import { type Act, type Conflict, Saver, type SaveState, type Step } from "../src/cells/saver";
import { Session } from "../src/cells/session";
import { BoxStore } from "../src/cells/store";
import type { ActAnswer, CellData, StepAnswer } from "../src/cells/types";
import { ApiError } from "../src/shared/api";
import { cellData } from "./helpers";

interface Change {
  id: string;
  before: CellData | null;
  after: CellData | null;
}

/** A server that keeps cells, refuses stale versions, counts each key once, and undoes acts in their order. */
class Server {
  readonly cells = new Map<string, CellData>();
  readonly answered = new Map<string, ActAnswer | StepAnswer>();
  readonly done: Change[] = [];
  readonly undone: Change[] = [];
  sent: Act[] = [];
  steps: Step["step"][] = [];
  failures: ApiError[] = [];
  #versions = new Map<string, number>();
  #named = 0;

  constructor(...cells: CellData[]) {
    for (const cell of cells) this.cells.set(cell.id, cell);
  }

  set(id: string, cls: string): CellData {
    return this.put(id, {
      ...(this.cells.get(id) ?? cellData(id)),
      class: cls,
      review_state: cls === "" ? "seen" : "labelled",
    });
  }

  put(id: string, cell: CellData): CellData {
    const version = Math.max(this.#versions.get(id) ?? 0, this.cells.get(id)?.version ?? 1) + 1;
    this.#versions.set(id, version);
    const fresh = { ...cell, id, version };
    this.cells.set(id, fresh);
    return fresh;
  }

  send = async (act: Act & { version: number }): Promise<ActAnswer> => {
    this.sent.push({ ...act });
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const known = this.answered.get(act.key);
    if (known) return known as ActAnswer;
    const before = act.kind === "add" ? null : (this.cells.get(act.cell) ?? null);
    if (act.kind !== "add" && !before) throw new ApiError(410, "gone", "It is gone.");
    if (before && before.version !== act.version) {
      throw new ApiError(409, "conflict", "changed", {
        yours: act.to,
        current: { class: before.class, version: before.version, by: "B", box: before.box },
      });
    }
    const answer: ActAnswer = { cell: this.#do(act, before), counts_rows: [] };
    this.undone.length = 0;
    this.answered.set(act.key, answer);
    return answer;
  };

  sendStep = async (step: Step): Promise<StepAnswer> => {
    this.steps.push(step.step);
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const known = this.answered.get(step.key);
    if (known) return known as StepAnswer;
    const [from, to] = step.step === "undo" ? [this.done, this.undone] : [this.undone, this.done];
    const change = from.pop();
    const answer: StepAnswer = { results: [], counts_rows: [], acts: null };
    if (change) {
      to.push(change);
      const wanted = step.step === "undo" ? change.before : change.after;
      if (wanted) this.put(change.id, wanted);
      else this.cells.delete(change.id);
      answer.results.push({ id: change.id, status: "applied", cell: this.cells.get(change.id) ?? null });
    }
    this.answered.set(step.key, answer);
    return answer;
  };

  #do(act: Act, before: CellData | null): CellData | string {
    const id = act.kind === "add" ? `real-${++this.#named}` : act.cell;
    if (act.kind === "remove") {
      this.#versions.set(id, (before?.version ?? 1) + 1);
      this.cells.delete(id);
    } else if (act.kind === "add") {
      this.put(id, cellData(id, { box: act.box ?? [0, 0, 9, 9], suggested: "", suggestion: null }));
      this.set(id, act.to ?? "");
    } else if (act.kind === "box") {
      this.put(id, { ...cellData(id), ...before, box: act.box ?? [0, 0, 9, 9] });
    } else {
      this.set(id, act.to ?? "");
    }
    const after = this.cells.get(id) ?? null;
    this.done.push({ id, before, after });
    return after ?? id;
  }
}

interface Page {
  store: BoxStore;
  saver: Saver;
  session: Session;
  states: SaveState[];
  refused: string[];
  kept: { text: string | null };
}

function open(server: Server, kept: { text: string | null } = { text: null }): Page {
  const store = new BoxStore();
  store.load([...server.cells.values()]);
  const states: SaveState[] = [];
  const refused: string[] = [];
  const saver = new Saver({
    store,
    send: server.send,
    sendStep: server.sendStep,
    onNamed: (draft, id) => session.rename(draft, id),
    keeper: {
      takenUp: () => undefined,
      read: () => kept.text,
      write: (text) => {
        kept.text = text;
      },
    },
    onState: (state) => states.push(state),
    onAnswer: () => undefined,
    onRefused: (_, message) => refused.push(message),
  });
  let n = 0;
  const session: Session = new Session({
    store,
    saver,
    canLabel: true,
    newKey: () => `key-${n++}-${Math.random()}`,
    now: () => Date.now(),
    onSelect: () => undefined,
  });
  session.setOrder([...server.cells.keys()]);
  return { store, saver, session, states, refused, kept };
}

const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

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
          // After an outage acts on two cells may get through in another order; undo takes the server's newest.
          if (failures === 0) expect(held).toEqual(drawn);
          expect(page.states.at(-1)?.waiting ?? 0).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});

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
      { numRuns: 150 },
    );
  });
});

describe("the save mark", () => {
  const none = { waiting: 0, late: 0, reason: "", conflicts: [] };

  it("keeps the server's word apart from what is drawn", () => {
    expect(saveWords(none, false)).toBe("");
    expect(saveWords(none, true)).toBe("saved");
    expect(saveWords({ ...none, waiting: 2 }, true)).toBe("saving");
    expect(saveWords({ ...none, waiting: 2, late: 2, reason: "You are signed out." }, true)).toBe(
      "2 not saved, kept for retry. You are signed out.",
    );
    expect(saveKind({ ...none, waiting: 1, late: 1 })).toBe("late");
    const conflict = { cell: "a", yours: null, current: "platelet", version: 2, by: "" };
    expect(saveWords({ ...none, conflicts: [conflict] }, true)).toBe("1 conflict");
  });
});
