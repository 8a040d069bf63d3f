/** Moving cells to a lane with the pointer: the whole selection when it is one of its cells that is dragged. */

import { make } from "../shared/dom";
import { counted } from "../shared/format";

const KIND = "application/x-wbcweb-cells";

export interface DraggingOptions {
  host: HTMLElement;
  /** The drag of a cell begins; returns the cells that go along, none when it must not. */
  onStart: (id: string) => readonly string[];
  laneAt: (target: EventTarget | null) => string | null;
  accepts: (lane: string) => boolean;
  onOver: (lane: string | null) => void;
  onDrop: (lane: string) => void;
}

export function bindDragging(options: DraggingOptions): void {
  const { host } = options;
  const badge = make("div", { class: "drag-badge", "aria-hidden": "true" });
  document.body.append(badge);

  host.addEventListener("dragstart", (event) => {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-cell]") : null;
    const ids = tile?.dataset.cell ? options.onStart(tile.dataset.cell) : [];
    if (ids.length === 0 || !event.dataTransfer) {
      event.preventDefault();
      return;
    }
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData(KIND, String(ids.length));
    badge.textContent = counted(ids.length, "cell", "cells");
    if (ids.length > 1) event.dataTransfer.setDragImage(badge, -8, -8);
  });
  host.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes(KIND)) return;
    const lane = options.laneAt(event.target);
    const good = lane !== null && options.accepts(lane);
    options.onOver(good ? lane : null);
    if (!good) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });
  host.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node) || !host.contains(event.relatedTarget)) options.onOver(null);
  });
  host.addEventListener("dragend", () => options.onOver(null));
  host.addEventListener("drop", (event) => {
    const lane = options.laneAt(event.target);
    options.onOver(null);
    if (lane === null || !options.accepts(lane) || !event.dataTransfer?.types.includes(KIND)) return;
    event.preventDefault();
    options.onDrop(lane);
  });
}
