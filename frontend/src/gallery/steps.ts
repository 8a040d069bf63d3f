/** The buttons of the gallery that say what undo and redo would do, and how many cells are selected. */

import { need, setText } from "../shared/dom";
import type { Work } from "./work";

export function showSteps(root: HTMLElement, work: Work, selected: number): void {
  const { canUndo, canRedo, acts } = work;
  const undo = need("[data-undo]", HTMLButtonElement, root);
  const redo = need("[data-redo]", HTMLButtonElement, root);
  undo.disabled = !canUndo;
  redo.disabled = !canRedo;
  undo.title = acts.undo ? `Undo: ${acts.undo.what} (Ctrl+Z)` : "Undo (Ctrl+Z)";
  redo.title = acts.redo ? `Do again: ${acts.redo.what} (Ctrl+Shift+Z)` : "Do again (Ctrl+Shift+Z)";
  setText(need("[data-selected]", HTMLElement, root), selected > 1 ? `${selected} selected` : "");
}
