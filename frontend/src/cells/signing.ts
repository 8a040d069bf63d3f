/** The way from the cells to the signature: a link that says whether the slide is signed, and a key. */

import { setText } from "../shared/dom";
import type { Changes, SignedInfo } from "./types";

/** Say whether a slide is signed; "Sign" while nobody did. */
export function signWords(signed: SignedInfo | null | undefined): string {
  switch (signed?.state) {
    case "signed":
      return "Signed";
    case "changed":
      return "Signed, changed since";
    case "half":
      return "1 of 2 signatures";
    case "half-changed":
      return "1 of 2 signatures, changed since";
    default:
      return "Sign";
  }
}

/** Return what a report is worth once a cell of its slide has changed. */
export function afterChange(signed: SignedInfo): SignedInfo {
  return { ...signed, state: signed.state.startsWith("half") ? "half-changed" : "changed" };
}

/** Whether changes bring what the page did not know: a cell may be told twice. */
export function bringNews(changes: Changes, versionOf: (cell: string) => number): boolean {
  return changes.gone.length > 0 || changes.cells.some((cell) => cell.version > versionOf(cell.id));
}

export class SignLink {
  readonly #link: HTMLAnchorElement | null;
  readonly #go: (url: string) => void;
  #signed: SignedInfo | null = null;
  #url: string | null = null;

  /** `link` is null where there is nothing to sign: in the gallery of a project. */
  constructor(link: HTMLAnchorElement | null, go: (url: string) => void = (url) => location.assign(url)) {
    this.#link = link;
    this.#go = go;
  }

  show(about: { signed?: SignedInfo | null; sign_url?: string | null }): void {
    this.#signed = about.signed ?? null;
    this.#url = about.sign_url ?? null;
    this.#draw();
  }

  /** A cell has changed: what was signed is not what stands any more. */
  changed(): void {
    if (this.#signed === null) return;
    this.#signed = afterChange(this.#signed);
    this.#draw();
  }

  /** Go to the page that signs; return whether there is one. */
  open(): boolean {
    if (this.#url === null) return false;
    this.#go(this.#url);
    return true;
  }

  #draw(): void {
    if (this.#link === null) return;
    setText(this.#link, signWords(this.#signed));
    const by = this.#signed?.by.join(" and ") ?? "";
    this.#link.title = by === "" ? "Check the count and sign (S)" : `Signed by ${by} (S)`;
  }
}
