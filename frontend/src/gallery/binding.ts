/** From the events of the page to the hands of the gallery. */

import type { ClassInfo } from "../cells/types";
import { inside, isTyping, need } from "../shared/dom";
import { bindDragging } from "./dragging";
import type { Hands } from "./hands";
import { type Command, commandFor } from "./keys";
import type { Selection } from "./selection";
import type { Surface } from "./surface";

export interface BindingOptions {
  root: HTMLElement;
  classes: readonly ClassInfo[];
  canLabel: boolean;
  hands: Hands;
  selection: Selection;
  surface: Surface;
  /** The network is back, or the person asks for a try. */
  onOnline: () => void;
  /** Show all cells again. */
  onClear: () => void;
}

/** Keys that a button, a link or a checkbox has a use for itself. */
const OF_CONTROLS = new Set([" ", "Enter"]);

export function bindGallery(options: BindingOptions): void {
  const { root, classes, canLabel, hands, selection, surface } = options;
  const work = need("[data-work]", HTMLElement, root);
  const lanes = need("[data-lanes]", HTMLElement, root);

  work.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.isComposing) return;
    const onTile = inside(event.target, "[data-cell]");
    if (!onTile && (OF_CONTROLS.has(event.key) || event.key.startsWith("Arrow"))) return;
    const command = commandFor(event, classes);
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    hands.run(command);
  });
  window.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "h") hands.hide(false);
  });
  window.addEventListener("blur", () => hands.hide(false));
  window.addEventListener("online", () => options.onOnline());

  lanes.addEventListener("click", (event) => {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-cell]") : null;
    if (!tile?.dataset.cell) return;
    const toggle = event.ctrlKey || event.metaKey;
    hands.pick(tile.dataset.cell, event.shiftKey ? "range" : toggle ? "toggle" : "only");
  });
  lanes.addEventListener("dblclick", (event) => {
    if (inside(event.target, "[data-cell]")) hands.run({ do: "slide" });
  });
  need("[data-retry]", HTMLButtonElement, root).addEventListener("click", () => options.onOnline());
  need("[data-clear]", HTMLButtonElement, root).addEventListener("click", () => options.onClear());
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-command]"))
    button.addEventListener("click", () =>
      hands.run(JSON.parse(button.dataset.command ?? "null") as Command),
    );

  bindDragging({
    host: lanes,
    onStart: (id) => {
      if (!canLabel) return [];
      if (!selection.has(id)) hands.pick(id, "only");
      return selection.targets();
    },
    laneAt: (target) => surface.laneAt(target),
    accepts: (lane) => classes.some((cls) => cls.name === lane),
    onOver: (lane) => surface.markDrop(lane),
    onDrop: (lane) => hands.label(lane, false),
  });
}
