import { describe, expect, it } from "vitest";
import { ApiError } from "../src/shared/api";
import { commandFor } from "../src/study/keys";
import { beginWords, breakWords } from "../src/study/panels";
import { isTooSmall } from "../src/study/screen";
import { rehearsal } from "../src/study/server";
import { Stopwatch } from "../src/study/stopwatch";
import { Questions } from "../src/study/trial";
import { type Answer, bodyOf, type ReadingDocument, type Trial } from "../src/study/types";
import { refusedWords, waitingWords } from "../src/study/words";

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...more,
});
const CHOICES = [
  { name: "neutrophil", title: "Neutrophil", key: "1" },
  { name: "monocyte", title: "Monocyte", key: "3" },
  { name: "other", title: "Other", key: "o" },
  { name: "cannot-tell", title: "Cannot tell", key: "x" },
];

describe("the questions of an image", () => {
  it("are answered by one key each, class first", () => {
    const questions = new Questions(["class", "realism"], false);
    expect(questions.rate(3)).toBe(false); // not before its time
    expect(questions.name("monocyte")).toBe(true);
    expect(questions.name("neutrophil")).toBe(false); // the class stands
    expect(questions.open).toBe("realism");
    expect(questions.rate(7)).toBe(false);
    expect(questions.rate(2)).toBe(true);
    expect(questions.open).toBeNull();
    expect(questions.said).toEqual({ answer: "monocyte", realism: 2 });
    expect(questions.changes).toBe(0);
  });

  it("may be chosen anew until they are confirmed, where the reader wants that", () => {
    const questions = new Questions(["class"], true);
    expect(questions.confirm()).toBe(false);
    questions.name("monocyte");
    questions.name("monocyte");
    questions.name("neutrophil");
    expect(questions.open).toBe("class");
    expect(questions.changes).toBe(1);
    expect(questions.confirm()).toBe(true);
    expect(questions.open).toBeNull();
    expect(questions.said.answer).toBe("neutrophil");
  });

  it("of a second sitting ask for realism alone", () => {
    const questions = new Questions(["realism"], false);
    expect(questions.name("monocyte")).toBe(false);
    expect(questions.rate(6)).toBe(true);
    expect(questions.said).toEqual({ answer: null, realism: 6 });
  });
});

describe("keys on the reading page", () => {
  it("mean classes while the class is asked, points while realism is asked", () => {
    expect(commandFor(press("3"), "class", CHOICES)).toEqual({ do: "name", answer: "monocyte" });
    expect(commandFor(press("3"), "realism", CHOICES)).toEqual({ do: "rate", realism: 3 });
    expect(commandFor(press("7"), "realism", CHOICES)).toBeNull();
    expect(commandFor(press("o"), "class", CHOICES)).toEqual({ do: "name", answer: "other" });
    expect(commandFor(press("2", { code: "Numpad2" }), "realism", CHOICES)).toEqual({
      do: "rate",
      realism: 2,
    });
    expect(commandFor(press("1"), null, CHOICES)).toBeNull();
  });

  it("that are held down or belong to the browser are left alone", () => {
    expect(commandFor(press("1", { repeat: true }), "class", CHOICES)).toBeNull();
    expect(commandFor(press("r", { ctrlKey: true }), "class", CHOICES)).toBeNull();
    expect(commandFor(press("1", { altKey: true }), "class", CHOICES)).toBeNull();
  });

  it("pause, ask for the list, write a reason", () => {
    expect(commandFor(press("Escape"), "class", CHOICES)).toEqual({ do: "pause" });
    expect(commandFor(press("?", { shiftKey: true }), null, CHOICES)).toEqual({ do: "help" });
    expect(commandFor(press("r"), "class", CHOICES)).toEqual({ do: "reason" });
    expect(commandFor(press("Enter"), "class", CHOICES)).toEqual({ do: "confirm" });
    expect(commandFor(press("ArrowLeft"), "class", CHOICES)).toEqual({ do: "back" });
  });
});

describe("the stopwatch of an image", () => {
  it("takes moments on the page's clock and the time out of sight", () => {
    let now = 1000;
    const watch = new Stopwatch(() => now, 512.4);
    now = 3000;
    watch.touched();
    watch.classed();
    now = 3500;
    watch.touched(); // only the first counts
    watch.hidden(true);
    watch.blurred(true);
    now = 5500;
    watch.hidden(true);
    watch.hidden(false);
    now = 6000;
    watch.blurred(false);
    now = 7000;
    expect(watch.times(2)).toEqual({
      shown_ms: 1000,
      first_ms: 3000,
      class_ms: 3000,
      answered_ms: 7000,
      blank_ms: 512,
      hidden_ms: 2000,
      hidden_times: 1,
      blurred_ms: 2500,
      earlier_ms: 0,
      interrupted: false,
      changes: 2,
    });
  });

  it("begins anew after a pause and says that the image was seen before", () => {
    let now = 0;
    const watch = new Stopwatch(() => now, 500);
    now = 4000;
    watch.pause();
    now = 60_000;
    watch.resume();
    now = 61_000;
    watch.hidden(true);
    now = 61_500;
    expect(watch.times(0)).toMatchObject({
      shown_ms: 60_000,
      answered_ms: 61_500,
      earlier_ms: 4000,
      hidden_ms: 500,
      interrupted: true,
    });
  });
});

const trial = (slot: number, change: Partial<Trial> = {}): Trial => ({
  slot,
  part: "reading",
  sitting: 1,
  position: slot,
  image: `/i/${slot}/`,
  prefetch: null,
  questions: ["class"],
  break_due: false,
  back: null,
  said: null,
  ...change,
});
const page = (next: Trial | null, answered = 0, total = 100): ReadingDocument => ({
  state: next ? next.part : "done",
  answered,
  total,
  side: 384,
  opens_at: null,
  classes: CHOICES,
  next,
});

describe("words to the reader", () => {
  it("say how far one is and nothing of classes, origin or proportion", () => {
    const all = [
      beginWords(page(trial(1, { part: "practice" }), 0, 10)),
      beginWords(page(trial(1))),
      beginWords(page(trial(26), 25)),
      breakWords(page(trial(26), 25)),
    ];
    expect(all[2]?.go).toBe("Go on with image 26");
    expect(all[3]?.text).toContain("25 of 100");
    const text = all.map((words) => Object.values(words).join(" ")).join(" ");
    expect(text).not.toMatch(/synthetic|generated|real\b|half|neutrophil|class/i);
  });

  it("say of what waits that it is kept", () => {
    const offline = new ApiError(0, "offline", "The server could not be reached.");
    expect(waitingWords(1, offline)).toMatch(/^1 answer is not saved yet: kept in this browser/);
    expect(waitingWords(0, offline)).toMatch(/^Everything that you have answered is saved/);
    expect(waitingWords(1, new ApiError(404, "not-found", "x"))).toContain("another account");
  });
});

describe("an answer that was not taken", () => {
  const closed = new ApiError(409, "study-closed", "The study is closed. Thank you for what you did.");
  const elsewhere = new ApiError(409, "answered-elsewhere", "This image was answered in another window.");

  it("is said to have come too late, where the study closed meanwhile", () => {
    expect(refusedWords([closed])).toEqual({
      title: "The study is closed",
      text: "Your last answer came after the study closed and was not counted.",
      go: "Go on",
    });
    expect(refusedWords([closed, closed]).text).toBe(
      "Your last 2 answers came after the study closed and were not counted.",
    );
  });

  it("is said with each of the server's reasons once", () => {
    const words = refusedWords([elsewhere, closed, elsewhere]);
    expect(words.title).toBe("3 answers were not counted");
    expect(words.text).toBe(`${elsewhere.message} ${closed.message}`);
    expect(refusedWords([elsewhere]).title).toBe("1 answer was not counted");
  });
});

describe("what is sent", () => {
  it("carries the key once, under the server's name", () => {
    const times = new Stopwatch(() => 0, 0).times(0);
    const body = bodyOf({ key: "k", slot: 3, answer: null, realism: 4, reason: "", times, screen: {} });
    expect(body).toMatchObject({ slot: 3, answer: null, realism: 4, idempotency_key: "k" });
    expect(body).not.toHaveProperty("key");
  });
});

describe("a rehearsal", () => {
  it("goes through its images and ends", async () => {
    const server = rehearsal([page(trial(1), 0, 2), page(trial(2), 1, 2)]);
    expect((await server.look()).next?.slot).toBe(1);
    const answer = {} as Answer;
    expect((await server.send(answer)).next?.slot).toBe(2);
    expect(await server.send(answer)).toMatchObject({ state: "done", next: null, answered: 2 });
  });
});

describe("a screen", () => {
  it("of a telephone is too small, of a tablet is not, whichever way it is held", () => {
    expect(isTooSmall(390, 844)).toBe(true);
    expect(isTooSmall(844, 390)).toBe(true);
    expect(isTooSmall(1024, 768)).toBe(false);
  });
});
