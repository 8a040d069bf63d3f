import { describe, expect, it } from "vitest";
import { saveKind, saveWords } from "../src/cells/savemark";

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
