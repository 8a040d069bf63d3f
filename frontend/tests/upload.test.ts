import { describe, expect, it } from "vitest";
import { jobWords } from "../src/cells/jobbar";
import { errorFrom } from "../src/shared/api";
import { bytes, counted, duration, percent, probability } from "../src/shared/format";
import { pollDelay } from "../src/shared/poll";
import {
  merge,
  refusal,
  rowFor,
  rowWords,
  slidesOf,
  tally,
  tallyWords,
  titleFrom,
} from "../src/upload/model";

const MB = 1024 * 1024;

describe("files on their way", () => {
  it("are refused on the spot when empty or too large", () => {
    expect(refusal(0, 50)).toBe("The file is empty.");
    expect(refusal(51 * MB, 50)).toBe("The file has 51.0 MB; this site takes at most 50 MB a file.");
    expect(refusal(50 * MB, 50)).toBeNull();
    expect(refusal(500 * MB, 0)).toBeNull();
  });

  it("take the server's word, each its own", () => {
    const rows = [
      { ...rowFor("a.jpg", 10), state: "sent" as const, serverId: "1" },
      { ...rowFor("b.gif", 10), state: "sent" as const, serverId: "2" },
      { ...rowFor("c.jpg", 10), state: "refused" as const, message: "The file is empty." },
    ];
    const file = { filename: "", field: null, notices: [] };
    const merged = merge(rows, [
      {
        ...file,
        id: "1",
        state: "stored",
        message: "",
        slide: "s1",
        notices: ["16-bit values were scaled."],
      },
      { ...file, id: "2", state: "failed", message: "GIF images are not taken.", slide: null },
    ]);
    expect(merged.map((row) => row.state)).toEqual(["stored", "failed", "refused"]);
    expect(merged.map(rowWords)).toEqual(["stored", "GIF images are not taken.", "The file is empty."]);
    expect(slidesOf(merged)).toEqual(["s1"]);
    expect(tallyWords(tally(merged))).toBe("1 stored, 2 not stored");
  });

  it("count what is under way", () => {
    const rows = [rowFor("a", 1), { ...rowFor("b", 1), state: "stored" as const }];
    expect(tallyWords(tally(rows))).toBe("1 of 2 files ready");
    expect(rowWords({ ...rowFor("a", 1), state: "sending", part: 0.428 })).toBe("42 % sent");
    expect(rowWords({ ...rowFor("a", 1), state: "sending", part: 1 })).toBe("being received");
  });

  it("propose a title", () => {
    expect(titleFrom("BloodImage_00001.jpg")).toBe("BloodImage_00001");
    expect(titleFrom("C:\\pictures\\smear 12.tif")).toBe("smear 12");
    expect(titleFrom(".png")).toBe("Slide");
  });
});

describe("words", () => {
  it("never round a probability up to certainty", () => {
    expect(probability(0.9999)).toBe("0.99");
    expect(probability(1)).toBe("1.00");
    expect(probability(null)).toBe("");
  });

  it("are units and plurals", () => {
    expect(bytes(2048)).toBe("2 kB");
    expect(percent(12.345)).toBe("12.3 %");
    expect(counted(1, "cell", "cells")).toBe("1 cell");
    expect(duration(0.2)).toBe("1 second");
    expect(duration(150)).toBe("3 minutes");
  });

  it("say where a job stands", () => {
    expect(jobWords({ state: "queued" })).toBe("Waiting for a worker");
    expect(jobWords({ state: "running", progress: { done: 3, total: 9, stage: "Classifying" } })).toBe(
      "Classifying, 3 of 9",
    );
    expect(jobWords({ state: "running" })).toBe("Analysing");
  });
});

describe("polling", () => {
  it("is quick for ten seconds, then slow", () => {
    expect([0, 9_999, 10_000].map(pollDelay)).toEqual([500, 500, 2_000]);
  });
});

describe("refusals of the server", () => {
  it("bring its own sentence, or a plain one", () => {
    const body = { error: { code: "conflict", message: "Changed.", detail: { x: 1 } } };
    expect(errorFrom(409, body)).toMatchObject({
      status: 409,
      code: "conflict",
      message: "Changed.",
      detail: { x: 1 },
    });
    expect(errorFrom(502, null)).toMatchObject({ message: "The server answered 502.", temporary: true });
    expect(errorFrom(403, null).temporary).toBe(false);
    expect(errorFrom(413, "<html>").code).toBe("too-large");
  });
});
