import { describe, expect, it } from "vitest";
import { commandFor as slideCommandFor } from "../src/cells/keymap";
import { afterChange, SignLink, signWords } from "../src/cells/signing";
import type { SignedInfo } from "../src/cells/types";
import { tells } from "../src/gallery/analysis";
import type { Scope } from "../src/gallery/document";
import { commandFor } from "../src/gallery/keys";
import { CLASSES } from "./helpers";

const SIGNED: SignedInfo = { url: "/reports/r/", state: "signed", by: ["Anna", "Ben"] };

/** Stands for the link: all that is asked of it is its words. */
function link(): HTMLAnchorElement {
  return { textContent: "", title: "" } as HTMLAnchorElement;
}

describe("the way to the signature", () => {
  it("says whether the slide is signed, and by whom", () => {
    const shown = link();
    const sign = new SignLink(shown);
    sign.show({ signed: null, sign_url: "/slides/s/sign/" });
    expect(shown.textContent).toBe("Sign");
    sign.show({ signed: SIGNED, sign_url: "/slides/s/sign/" });
    expect(shown.textContent).toBe("Signed");
    expect(shown.title).toContain("Anna and Ben");
    sign.changed();
    expect(shown.textContent).toBe("Signed, changed since");
  });

  it("keeps in mind that a second signature is missing", () => {
    expect(signWords({ ...SIGNED, state: "half" })).toBe("1 of 2 signatures");
    expect(afterChange({ ...SIGNED, state: "half" }).state).toBe("half-changed");
    expect(afterChange(afterChange(SIGNED)).state).toBe("changed");
  });

  it("leads to the page that signs, where there is one", () => {
    const gone: string[] = [];
    const sign = new SignLink(link(), (url) => gone.push(url));
    expect(sign.open()).toBe(false);
    sign.show({ sign_url: "/slides/s/sign/" });
    expect(sign.open()).toBe(true);
    expect(gone).toEqual(["/slides/s/sign/"]);
    expect(new SignLink(null).open()).toBe(false);
  });

  it("has the same key on both pages, unless a class has it", () => {
    const press = { key: "s", code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
    expect(commandFor(press, CLASSES)).toEqual({ do: "sign" });
    expect(slideCommandFor(press, CLASSES)).toEqual({ do: "sign" });
    const smudge = { ...CLASSES[0], name: "smudge", key: "s" } as (typeof CLASSES)[0];
    expect(commandFor(press, [smudge])).toEqual({ do: "label", to: "smudge" });
    expect(commandFor({ ...press, ctrlKey: true }, CLASSES)).toBeNull();
  });
});

describe("the bar of the analysis", () => {
  const scope = { kind: "slide", state: "running" } as Scope;

  it("is there while an analysis waits, runs or has failed", () => {
    for (const state of ["queued", "running", "failed"] as const)
      expect(tells({ ...scope, state })).toBe(true);
    for (const state of ["done", "empty"] as const) expect(tells({ ...scope, state })).toBe(false);
    expect(tells({ ...scope, kind: "project" })).toBe(false);
  });
});
