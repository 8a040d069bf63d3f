import { describe, expect, it } from "vitest";
import { keeperFor } from "../src/cells/keeper";

/** The browser's storage, as far as it is used. */
class Fake {
  readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key = (at: number): string | null => [...this.kept.keys()][at] ?? null;
  getItem = (name: string): string | null => this.kept.get(name) ?? null;
  setItem = (name: string, text: string): void => void this.kept.set(name, text);
  removeItem = (name: string): void => void this.kept.delete(name);
}

const acts = (...keys: string[]) => JSON.stringify(keys.map((key) => ({ key, cell: key })));
const keysOf = (text: string | null) => (JSON.parse(text ?? "[]") as { key: string }[]).map((act) => act.key);

describe("what is not saved yet", () => {
  it("of one tab is not wiped out by another that has nothing to wait for", () => {
    const storage = new Fake();
    const [one, two] = [keeperFor(storage, "7.s1", "one"), keeperFor(storage, "7.s1", "two")];
    one.write(acts("a"));
    two.write(acts("b"));
    two.write(null);
    expect(keysOf(keeperFor(storage, "7.s1", "three").read())).toEqual(["a"]);
  });

  it("is taken up from every place, each act once, and then lies in one", () => {
    const storage = new Fake();
    keeperFor(storage, "7.s1", "one").write(acts("a", "b"));
    keeperFor(storage, "7.s1", "two").write(acts("b", "c"));
    storage.setItem("wbcweb.unsaved.7.s1", acts("d")); // as pages kept it before
    const next = keeperFor(storage, "7.s1", "three");
    const found = next.read();
    expect(keysOf(found).sort()).toEqual(["a", "b", "c", "d"]);
    expect(storage.length).toBe(3); // a page that is closed before it has written loses nothing
    next.write(found);
    next.takenUp();
    expect([...storage.kept.keys()]).toEqual(["wbcweb.unsaved.7.s1.three"]);
  });

  it("of a tab that goes on is kept again with its next change", () => {
    const storage = new Fake();
    const alive = keeperFor(storage, "7.s1", "one");
    alive.write(acts("a"));
    const next = keeperFor(storage, "7.s1", "two");
    next.write(next.read());
    next.takenUp();
    alive.write(acts("a", "b"));
    next.write(null);
    expect(keysOf(keeperFor(storage, "7.s1", "three").read())).toEqual(["a", "b"]);
  });

  it("of other people, other slides and other things is left alone", () => {
    const storage = new Fake();
    keeperFor(storage, "8.s1", "one").write(acts("a"));
    keeperFor(storage, "7.s10", "one").write(acts("b"));
    storage.setItem("theme", "dark");
    const mine = keeperFor(storage, "7.s1", "one");
    expect(mine.read()).toBeNull();
    mine.takenUp();
    expect(storage.length).toBe(3);
  });

  it("survives nonsense beside it", () => {
    const storage = new Fake();
    storage.setItem("wbcweb.unsaved.7.s1.x", "{not json");
    storage.setItem("wbcweb.unsaved.7.s1.y", '[{"no": "key"}, null]');
    keeperFor(storage, "7.s1", "one").write(acts("a"));
    const next = keeperFor(storage, "7.s1", "two");
    expect(keysOf(next.read())).toEqual(["a"]);
    next.takenUp();
    expect(storage.length).toBe(0);
  });
});
