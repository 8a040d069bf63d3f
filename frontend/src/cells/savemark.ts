/** The server's word on what the person did, kept apart from what is drawn: saved, saving, not saved, conflict. */

import { make, setText } from "../shared/dom";
import { counted } from "../shared/format";
import { describe, type Names } from "./labels";
import type { Conflict, SaveState } from "./saver";
import type { BoxStore } from "./store";
import type { Box } from "./types";

/** What the mark says. */
export function saveWords(state: SaveState, acted: boolean): string {
  if (state.conflicts.length > 0) return counted(state.conflicts.length, "conflict", "conflicts");
  if (state.late > 0) return `${state.late} not saved, kept for retry. ${state.reason}`.trim();
  if (state.waiting > 0) return "saving";
  return acted ? "saved" : "";
}

/** How the mark looks: quiet, busy, or asking for attention. */
export function saveKind(state: SaveState): "saved" | "saving" | "late" | "conflict" {
  if (state.conflicts.length > 0) return "conflict";
  if (state.late > 0) return "late";
  return state.waiting > 0 ? "saving" : "saved";
}

export interface SaveMarkOptions {
  mark: HTMLElement;
  conflicts: HTMLElement;
  names: Names;
  store: BoxStore;
  onChoose: (cell: string, whose: "mine" | "theirs") => void;
  onShow: (cell: string) => void;
}

export class SaveMark {
  readonly #options: SaveMarkOptions;
  #acted = false;
  #drawn = "";

  constructor(options: SaveMarkOptions) {
    this.#options = options;
  }

  show(state: SaveState): void {
    const { mark, conflicts } = this.#options;
    if (state.waiting > 0) this.#acted = true;
    mark.dataset.state = saveKind(state);
    setText(mark, saveWords(state, this.#acted));
    const signature = JSON.stringify(state.conflicts);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    conflicts.hidden = state.conflicts.length === 0;
    conflicts.replaceChildren(...state.conflicts.map((conflict) => this.#card(conflict)));
  }

  #card(conflict: Conflict): HTMLElement {
    const { names, onChoose, onShow, store } = this.#options;
    const said = conflictWords(conflict, (name) => (name ? names.title(name) : "no label"));
    const mine = make("button", { type: "button", class: "button" }, `Keep mine: ${said.mine}`);
    const theirs = make("button", { type: "button", class: "button" }, `Take theirs: ${said.theirs}`);
    const where = make("button", { type: "button", class: "button button--quiet" }, "Show the cell");
    mine.addEventListener("click", () => onChoose(conflict.cell, "mine"));
    theirs.addEventListener("click", () => onChoose(conflict.cell, "theirs"));
    where.addEventListener("click", () => onShow(conflict.cell));
    const cell = store.get(conflict.cell);
    return make(
      "div",
      { class: "notice notice--error conflict", "data-conflict": conflict.cell },
      make("p", {}, said.sentence),
      make("p", { class: "visually-hidden" }, cell ? describe(names, cell) : ""),
      make("div", { class: "actions" }, mine, theirs, where),
    );
  }
}

/** Say what stands on the server and what the person did, in a sentence and in the words of both buttons. */
export function conflictWords(
  conflict: Conflict,
  title: (name: string | null) => string,
): { sentence: string; mine: string; theirs: string } {
  const by = conflict.by ? ` by ${conflict.by}` : "";
  const changed = `This cell was changed${by} while you looked at it:`;
  if (conflict.about === "remove")
    return {
      sentence: `${changed} now ${title(conflict.current)}; you removed it.`,
      mine: "remove it",
      theirs: "leave it",
    };
  if (conflict.about === "box") {
    const size = (box: Box | undefined): string =>
      box ? `${Math.round(box[2] - box[0])} x ${Math.round(box[3] - box[1])} px` : "as it was";
    return {
      sentence: `${changed} both boxes are drawn, yours solid (${size(conflict.mine)}), theirs dashed (${size(conflict.theirs)}).`,
      mine: "my box",
      theirs: "their box",
    };
  }
  const [mine, theirs] = [title(conflict.yours), title(conflict.current)];
  return { sentence: `${changed} now ${theirs}, yours ${mine}.`, mine, theirs };
}
