import { describe, expect, it } from "vitest";
import { Deck } from "../src/reading/deck";
import { asCellData } from "../src/reading/types";

describe("a deck", () => {
  it("opens its first cell and stays within its ends", () => {
    const deck = new Deck(["a", "b", "c"]);
    expect(deck.open).toBe("a");
    deck.step(-1);
    expect(deck.open).toBe("a");
    deck.step(5);
    expect(deck.open).toBe("c");
  });

  it("goes to the next cell that waits, round its end", () => {
    const deck = new Deck(["a", "b", "c"]);
    const waiting = new Set(["a"]);
    deck.go("b");
    expect(deck.next((id) => waiting.has(id))).toBe(true);
    expect(deck.open).toBe("a");
    waiting.clear();
    expect(deck.next((id) => waiting.has(id))).toBe(false);
    expect(deck.open).toBe("a");
  });

  it("begins where the person stopped", () => {
    const deck = new Deck(["a", "b", "c"]);
    expect(deck.next((id) => id === "a", true)).toBe(true);
    expect(deck.at).toBe(0);
    expect(deck.next((id) => id === "c", true)).toBe(true);
    expect(deck.at).toBe(2);
  });

  it("passes over what it does not hold, and holds nothing when empty", () => {
    const deck = new Deck(["a"]);
    deck.go("z");
    expect(deck.open).toBe("a");
    expect(new Deck([]).open).toBeNull();
    expect(new Deck([]).next(() => true)).toBe(false);
  });
});

describe("a cell of a reading", () => {
  it("carries nothing but what the reader said", () => {
    const data = asCellData({ id: "a", position: 1, class: "monocyte", version: 3, crop_url: "/a/" });
    expect(data).toMatchObject({ class: "monocyte", review_state: "labelled", version: 3, suggested: "" });
    expect(data.probabilities).toEqual({});
    expect(asCellData({ ...data, position: 1, class: "" }).review_state).toBe("seen");
  });
});
