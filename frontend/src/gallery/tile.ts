/** One cell of the gallery as it stands in the document: its picture, and what is known of it in a line below. */

import { chip, describe, type Names } from "../cells/labels";
import type { Cell } from "../cells/store";
import { UNIDENTIFIED } from "../cells/types";
import { make, setText } from "../shared/dom";
import { probability } from "../shared/format";
import { type Picture, sideOf } from "./scale";

/** The side of a stored crop over the larger side of its box; as the server cuts them. */
const CROP_CONTEXT = 1.25;

export interface TileState {
  /** Lies in another lane than that of its class. */
  ghost: boolean;
  conflict: boolean;
  pinned: boolean;
  selected: boolean;
  active: boolean;
}

/** Make an empty tile; `fillTile` says what is in it. */
export function makeTile(id: string): HTMLElement {
  return make(
    "div",
    {
      class: "tile",
      role: "gridcell",
      id: `cell-${id}`,
      "data-cell": id,
      tabindex: -1,
      draggable: "true",
    },
    make("span", { class: "tile__picture" }, make("img", { alt: "", decoding: "async", draggable: "false" })),
    make(
      "span",
      { class: "tile__caption", "aria-hidden": "true" },
      make("span", { class: "tile__chip" }),
      make("span", { class: "tile__said" }),
      make("span", { class: "tile__marks" }),
    ),
    make("span", { class: "visually-hidden tile__words" }),
  );
}

/** What the line below a picture says. */
export function saidOf(cell: Cell): string {
  if (cell.pending > 0) return "saving";
  if (cell.label !== "")
    return cell.suggested !== "" && cell.label !== cell.suggested ? "changed" : "labelled";
  if (cell.suggested === "") return "";
  return probability(cell.probability);
}

/** Say in a sentence what is known of a cell and where it lies, for screen readers. */
export function tileWords(names: Names, cell: Cell, where: string, state: TileState): string {
  const parts = [describe(names, cell), where];
  if (cell.lowConfidence && cell.label === "") parts.push("unsure");
  if (cell.comments > 0) parts.push(cell.comments === 1 ? "1 comment" : `${cell.comments} comments`);
  if (state.ghost) parts.push("moved, still at its old place");
  if (state.conflict) parts.push("changed by somebody else meanwhile");
  if (state.pinned) parts.push("pinned for comparison");
  return parts.filter((part) => part !== "").join("; ");
}

/** Bring a tile to what is known of its cell now; its picture is loaded by `loadPicture`. */
export function fillTile(tile: HTMLElement, names: Names, cell: Cell, where: string, state: TileState): void {
  const caption = tile.querySelector(".tile__caption");
  const chipHost = caption?.firstElementChild;
  const signature = `${cell.shown} ${cell.label !== ""}`;
  if (chipHost instanceof HTMLElement && chipHost.dataset.drawn !== signature) {
    chipHost.dataset.drawn = signature;
    chipHost.replaceChildren(chip(names, cell.shown, cell.label !== ""));
  }
  const said = caption?.querySelector(".tile__said");
  if (said) setText(said, saidOf(cell));
  const marks = caption?.querySelector(".tile__marks");
  if (marks) setText(marks, `${cell.comments > 0 ? "✎" : ""}${state.pinned ? "C" : ""}`);
  tile.toggleAttribute("data-labelled", cell.label !== "");
  tile.toggleAttribute("data-unsure", cell.label === "" && cell.lowConfidence && cell.shown !== UNIDENTIFIED);
  tile.toggleAttribute("data-ghost", state.ghost);
  tile.toggleAttribute("data-conflict", state.conflict);
  tile.toggleAttribute("data-pinned", state.pinned);
  tile.setAttribute("aria-selected", String(state.selected));
  tile.tabIndex = state.active ? 0 : -1;
  const words = tile.querySelector(".tile__words");
  if (words) setText(words, tileWords(names, cell, where, state));
}

/** Load the picture of a cell, unless it is there already. */
export function loadPicture(tile: HTMLElement, cell: Cell, picture: Picture, partSide: number): void {
  const host = tile.querySelector<HTMLElement>(".tile__picture");
  const image = host?.querySelector("img");
  if (!host || !image || picture.url === "" || image.getAttribute("src") === picture.url) return;
  host.toggleAttribute("data-unscaled", picture.unscaled);
  host.toggleAttribute("data-clipped", picture.clipped);
  if (picture.part === null) asCrop(image, cell, partSide);
  else image.removeAttribute("style");
  image.onerror = () => {
    host.toggleAttribute("data-broken", true);
    // The stored crop is there also when the field cannot be cut.
    if (picture.part !== null && cell.cropUrl !== "") {
      asCrop(image, cell, partSide);
      image.onerror = null;
      image.src = cell.cropUrl;
    }
  };
  image.onload = () => host.toggleAttribute("data-broken", false);
  image.src = picture.url;
}

/** Draw a stored crop at the scale of its neighbours: its side is known from the box. */
function asCrop(image: HTMLImageElement, cell: Cell, partSide: number): void {
  const share = Math.min(1, (CROP_CONTEXT * sideOf(cell.box)) / partSide);
  image.style.width = `${(100 * share).toFixed(1)}%`;
  image.style.height = image.style.width;
}

/** Show for a moment which class a key gave, on the picture. */
export function flashTile(tile: HTMLElement, names: Names, name: string): void {
  const host = tile.querySelector(".tile__picture");
  if (!host) return;
  host.querySelector(".tile__flash")?.remove();
  const badge = make("span", { class: "tile__flash", "aria-hidden": "true" }, chip(names, name, true));
  host.append(badge);
  window.setTimeout(() => badge.remove(), 700);
}
