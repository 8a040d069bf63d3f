/** What the keys, buttons and drags of a person do in the gallery. */

import { progress } from "../cells/counts";
import { describe, type Names } from "../cells/labels";
import type { BoxStore, Cell } from "../cells/store";
import { UNIDENTIFIED } from "../cells/types";
import { need, setText } from "../shared/dom";
import { counted } from "../shared/format";
import type { Command } from "./keys";
import type { Lanes } from "./lanes";
import type { Magnifier } from "./magnifier";
import type { MoveMenu } from "./moving";
import type { Panel } from "./panel";
import type { Selection } from "./selection";
import type { Surface } from "./surface";
import type { Toast } from "./toast";
import type { Work } from "./work";

export interface HandsOptions {
  root: HTMLElement;
  canLabel: boolean;
  names: Names;
  store: BoxStore;
  work: Work;
  lanes: Lanes;
  selection: Selection;
  surface: Surface;
  panel: Panel;
  move: MoveMenu;
  toast: Toast;
  magnifier: Magnifier;
  /** Whether the key that gives a class also goes on. */
  advances: () => boolean;
  /** Another cell has the focus, or others are selected. */
  onSelection: () => void;
  /** Go to the slide page at a cell. */
  toSlide: (cell: string | null) => void;
  /** Go to the page that signs; false when there is none. */
  toSign: () => boolean;
}

export class Hands {
  readonly #options: HandsOptions;

  constructor(options: HandsOptions) {
    this.#options = options;
  }

  /** Give a cell the focus, and select it alone unless the selection is to stay. */
  focus(id: string, focus = true, keepSelection = false): void {
    const { lanes, selection, surface } = this.#options;
    if (!lanes.place(id)) return;
    if (!keepSelection) selection.set([id]);
    surface.reveal(id, focus);
    surface.refreshSelection();
    this.#options.onSelection();
  }

  pick(id: string, mode: "only" | "range" | "toggle"): void {
    const { lanes, selection } = this.#options;
    selection.pick(id, mode, (a, b) => lanes.between(a, b));
    this.focus(id, true, true);
    if (selection.size > 1) this.say(`${selection.size} cells selected`);
  }

  /** Say something to those who hear the page. */
  say(words: string): void {
    setText(need("[data-live]", HTMLElement, this.#options.root), words);
  }

  /** Hide letters and boxes, while a key is held. */
  hide(hidden: boolean): void {
    this.#options.root.toggleAttribute("data-hide-marks", hidden);
  }

  run(command: Command): void {
    const { lanes, selection, surface, work, magnifier, canLabel, move, root } = this.#options;
    magnifier.hide();
    const active = selection.active;
    switch (command.do) {
      case "label":
        this.label(command.to);
        break;
      case "withdraw":
        this.#told(work.withdraw(selection.targets()), "No label any more");
        break;
      case "confirm":
        this.#confirm();
        break;
      case "undo":
        if (work.undo() === null) this.say("There is nothing to undo.");
        break;
      case "redo":
        if (work.redo() === null) this.say("There is nothing to do again.");
        break;
      case "step":
        if (active !== null) this.#go(lanes.step(active, command.by), command.extend);
        break;
      case "row":
        if (active !== null) this.#go(lanes.row(active, command.by, surface.columns), command.extend);
        break;
      case "page":
        this.#page(command.by);
        break;
      case "end":
        this.#go(command.by === 1 ? lanes.flat().at(-1) : lanes.flat()[0], false);
        break;
      case "unreviewed":
        this.#nextUnreviewed();
        break;
      case "all":
        this.#selectLane();
        break;
      case "collapse":
        selection.collapse();
        surface.refreshSelection();
        this.#options.onSelection();
        break;
      case "pin":
        this.#pin();
        break;
      case "slide":
        this.#options.toSlide(active);
        break;
      case "sign":
        if (!this.#options.toSign()) this.say("A slide is signed alone: open one.");
        break;
      case "hide":
        this.hide(true);
        break;
      case "move":
        if (canLabel && active !== null) move.open(selection.targets().length);
        break;
      case "help":
        need("[data-help]", HTMLDialogElement, root).showModal();
        break;
    }
  }

  /** Give the selection a class; the key also goes on to the next cell, unless that is turned off. */
  label(to: string, advance = this.#options.advances()): void {
    const { canLabel, lanes, names, panel, selection, store, surface, toast, work } = this.#options;
    if (!canLabel) return;
    const targets = selection.targets();
    const wasLabelled = targets.some((id) => store.get(id)?.label !== "");
    const acted = work.label(targets, to);
    for (const id of targets) surface.flash(id, to);
    if (targets.length === 1) panel.flash(to);
    const title = names.title(to);
    if (acted.length > 1) toast.show(`${counted(acted.length, "cell", "cells")} moved to ${title}.`);
    this.#told(acted, title);
    if (!advance || targets.length !== 1 || selection.active === null) return;
    // Who corrects what was reviewed goes on beside it; who works through the rest goes on there.
    if (wasLabelled) this.#go(lanes.step(selection.active, 1), false);
    else this.#nextUnreviewed();
  }

  /** Confirm what waits in a lane, if that may be done in one go. */
  confirmLane(lane: string): void {
    const { names, toast, work } = this.#options;
    const { rest, why } = work.checkLanes()(lane);
    if (why !== "") {
      this.say(why);
      return;
    }
    const acted = work.confirm(rest);
    toast.show(`${counted(acted.length, "cell", "cells")} confirmed as ${names.title(lane)}.`);
    this.#told(acted, "Confirmed");
  }

  #confirm(): void {
    const { canLabel, selection, store, surface, toast, work } = this.#options;
    if (!canLabel) return;
    const targets = selection.targets();
    const unknown = targets.filter((id) => this.#isUnknown(store.get(id)));
    const acted = work.confirm(targets);
    for (const id of acted) surface.flash(id, store.get(id)?.shown ?? "");
    if (unknown.length > 0 && acted.length === 0) {
      this.say("There is no suggestion to confirm: give a class with a key, or X for not classed.");
      return;
    }
    if (acted.length > 1) toast.show(`${counted(acted.length, "cell", "cells")} confirmed.`);
    this.#told(acted, "Confirmed");
    this.#nextUnreviewed();
  }

  #isUnknown(cell: Cell | undefined): boolean {
    return cell?.label === "" && cell.shown === UNIDENTIFIED;
  }

  #go(id: string | undefined, extend: boolean): void {
    if (id === undefined) return;
    const { names, selection, store } = this.#options;
    this.pick(id, extend ? "range" : "only");
    const cell = store.get(id);
    if (cell && selection.size <= 1) this.say(describe(names, cell));
  }

  #page(by: 1 | -1): void {
    const { lanes, selection, surface } = this.#options;
    let id = selection.active ?? undefined;
    for (let row = 0; row < surface.rowsOnScreen && id !== undefined; row += 1)
      id = lanes.row(id, by, surface.columns) ?? id;
    this.#go(id, false);
  }

  #nextUnreviewed(): void {
    const { lanes, selection, store } = this.#options;
    const next = lanes.next(selection.active, (id) => store.get(id)?.label === "");
    if (next === undefined) this.say("Every cell here is reviewed.");
    else this.focus(next);
  }

  #selectLane(): void {
    const { lanes, selection, surface } = this.#options;
    const active = selection.active;
    const place = active === null ? undefined : lanes.place(active);
    const lane = place && lanes.all[place.lane];
    if (!lane || active === null) return;
    selection.set(lane.cells, active);
    surface.refreshSelection();
    this.#options.onSelection();
    this.say(`${lane.cells.length} cells selected`);
  }

  #pin(): void {
    const { panel, selection, surface } = this.#options;
    const before = panel.pinned;
    if (selection.active === null) return;
    panel.pin(selection.active);
    surface.refresh([selection.active, ...(before === null ? [] : [before])]);
    this.say(panel.pinned === null ? "Not pinned any more." : "Pinned for comparison.");
  }

  #told(acted: readonly string[], words: string): void {
    if (acted.length === 0) return;
    const { labelled, total } = progress(this.#options.store.all());
    const what = acted.length === 1 ? words : `${words}: ${counted(acted.length, "cell", "cells")}`;
    this.say(`${what}. ${labelled} of ${total} reviewed.`);
  }
}
