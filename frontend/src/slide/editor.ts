/** Boxes by mouse and by keyboard: a new one, and moving and resizing the selected one. Nothing is sent until it is kept. */

import { centre, type Direction, toScreen } from "../cells/geometry";
import type { Session } from "../cells/session";
import type { Cell } from "../cells/store";
import type { Box } from "../cells/types";
import { make } from "../shared/dom";
import { around, between, type Corner, moved, nudged, resized, scaled, usualSize } from "./boxes";
import type { FieldViewer } from "./viewer";

/** A row of key presses is one act: it is sent when none follows for so long (ms). */
const KEEP_AFTER_MS = 900;
/** A drag shorter than this on the screen (px) is a click. */
const CLICK = 4;
/** Steps of the arrow keys on the screen, in pixels. */
const STEP = 2;
const CORNERS: readonly Corner[] = ["nw", "ne", "sw", "se"];
/** Handles on a smaller box would cover it. */
const HANDLES_FROM = 28;

export interface EditorOptions {
  host: HTMLElement;
  viewer: FieldViewer;
  session: Session;
  canEdit: boolean;
  boxesOf: (field: string) => readonly Box[];
  say: (words: string) => void;
  /** The tool for new boxes was taken up or put down. */
  onTool: (adding: boolean) => void;
}

export class BoxEditor {
  readonly #options: EditorOptions;
  readonly #handles: HTMLElement;
  /** The new box while one is being made. */
  #draft: Box | null = null;
  #adding = false;
  #from: { x: number; y: number } | null = null;
  /** The selected cell's box while keys or the mouse move it. */
  #moving: { cell: string; box: Box } | null = null;
  #timer = 0;

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#handles = make("div", { class: "stage__handles", "aria-hidden": "true", hidden: true });
    options.host.append(this.#handles);
    for (const corner of CORNERS) this.#handles.append(this.#handle(corner));
    this.#handles.append(this.#handle("move"));
    window.addEventListener("pagehide", () => this.keep());
  }

  get adding(): boolean {
    return this.#adding;
  }

  /** True while a box is on the screen that is not kept yet. */
  get open(): boolean {
    return this.#adding || this.#moving !== null;
  }

  /** Take up the tool for a new box: a drag draws one, a click places one of the usual size, Enter keeps the one shown. */
  add(): void {
    const { viewer, canEdit, say } = this.#options;
    if (this.#adding) {
      this.drop();
      return;
    }
    this.keep();
    const field = viewer.field;
    const visible = viewer.visible();
    if (!canEdit || !field || !visible) return;
    this.#setAdding(true);
    const { x, y } = centre([
      Math.max(0, visible[0]),
      Math.max(0, visible[1]),
      Math.min(field.width, visible[2]),
      Math.min(field.height, visible[3]),
    ]);
    this.#showDraft(around(x, y, this.#usual(), field));
    say(
      "A new box. Arrows move it, with Shift they resize it, Enter keeps it, Escape drops it. Or draw one with the mouse.",
    );
  }

  /** Move the box that is being made or the selected one by a step; `resize` changes its size instead. */
  nudge(direction: Direction, resize: boolean): boolean {
    const { viewer, session, canEdit } = this.#options;
    const field = viewer.field;
    const view = viewer.view();
    if (!canEdit || !field || !view) return false;
    const step = Math.max(1, Math.round(STEP / view.scale));
    const change = (box: Box): Box => (resize ? scaled : nudged)(box, direction, step, field);
    if (this.#draft) {
      this.#showDraft(change(this.#draft));
      return true;
    }
    const cell = session.selected;
    if (!cell || cell.field !== field.id) return false;
    this.#move(cell, change(this.#moving?.cell === cell.id ? this.#moving.box : cell.box));
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.keep(), KEEP_AFTER_MS);
    return true;
  }

  /** Keep what is shown: a new box becomes a cell, a moved one is sent. */
  keep(): boolean {
    const { viewer, session, say } = this.#options;
    window.clearTimeout(this.#timer);
    const { field } = viewer;
    if (this.#adding && this.#draft && field) {
      const box = this.#draft;
      this.#setAdding(false);
      session.box(field.id, box, null);
      say("Boxed. Give the cell a class with its key.");
      return true;
    }
    const moving = this.#moving;
    this.#moving = null;
    viewer.layer.setEdit(null);
    if (!moving || session.selected?.id !== moving.cell) return false;
    return session.moveBox(moving.box);
  }

  /** Drop what is shown and not kept. */
  drop(): boolean {
    window.clearTimeout(this.#timer);
    const was = this.open;
    this.#setAdding(false);
    this.#moving = null;
    this.#options.viewer.layer.setEdit(null);
    this.place();
    return was;
  }

  /** Put the handles at the selected box; called whenever image or selection move. */
  place(): void {
    const { viewer, session, canEdit } = this.#options;
    const view = viewer.view();
    const cell = session.selected;
    const box = this.#moving?.box ?? cell?.box;
    const shown =
      canEdit &&
      !this.#adding &&
      !viewer.layer.hidden &&
      view &&
      cell &&
      box &&
      cell.field === viewer.field?.id;
    const screen = shown ? toScreen(box, view) : null;
    if (!screen || Math.min(screen[2] - screen[0], screen[3] - screen[1]) < HANDLES_FROM) {
      this.#handles.hidden = true;
      return;
    }
    this.#handles.hidden = false;
    this.#handles.style.transform = `translate(${screen[0]}px, ${screen[1]}px)`;
    this.#handles.style.width = `${screen[2] - screen[0]}px`;
    this.#handles.style.height = `${screen[3] - screen[1]}px`;
  }

  #usual(): { width: number; height: number } {
    const { viewer, boxesOf } = this.#options;
    const { field } = viewer;
    return usualSize(field ? boxesOf(field.id) : [], field?.um_per_px ?? null);
  }

  #setAdding(adding: boolean): void {
    const { viewer, onTool } = this.#options;
    if (this.#adding === adding) return;
    this.#adding = adding;
    this.#from = null;
    this.#draft = null;
    viewer.layer.setEdit(null);
    viewer.setHand(adding ? this.#hand : null);
    onTool(adding);
    this.place();
  }

  #showDraft(box: Box): void {
    this.#draft = box;
    this.#options.viewer.layer.setEdit({ cell: null, box });
  }

  #move(cell: Cell, box: Box): void {
    this.#moving = { cell: cell.id, box };
    this.#options.viewer.layer.setEdit(this.#moving);
    this.place();
  }

  /** The mouse while the tool for new boxes is in use. */
  readonly #hand = {
    press: (x: number, y: number): void => {
      this.#from = { x, y };
    },
    drag: (x: number, y: number): void => {
      const { field } = this.#options.viewer;
      if (!this.#from || !field) return;
      const box = between(this.#from.x, this.#from.y, x, y, field);
      if (box) this.#showDraft(box);
    },
    release: (x: number, y: number): void => {
      const { viewer } = this.#options;
      const from = this.#from;
      const view = viewer.view();
      this.#from = null;
      if (!from || !view || !viewer.field) return;
      if (Math.hypot(x - from.x, y - from.y) * view.scale < CLICK)
        this.#showDraft(around(x, y, this.#usual(), viewer.field));
      this.keep();
    },
  };

  #handle(what: Corner | "move"): HTMLElement {
    const handle = make("div", { class: `stage__handle stage__handle--${what}`, "data-handle": what });
    let start: { x: number; y: number; box: Box; cell: Cell } | null = null;
    handle.addEventListener("pointerdown", (event) => {
      const cell = this.#options.session.selected;
      if (!cell || event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
      const box = this.#moving?.cell === cell.id ? this.#moving.box : cell.box;
      start = { x: event.clientX, y: event.clientY, box, cell };
    });
    handle.addEventListener("pointermove", (event) => {
      const { viewer } = this.#options;
      const view = viewer.view();
      if (!start || !view || !viewer.field) return;
      const dx = (event.clientX - start.x) / view.scale;
      const dy = (event.clientY - start.y) / view.scale;
      const box =
        what === "move"
          ? moved(start.box, dx, dy, viewer.field)
          : resized(start.box, what, dx, dy, viewer.field);
      this.#move(start.cell, box);
    });
    const end = (event: PointerEvent): void => {
      if (!start) return;
      start = null;
      event.stopPropagation();
      this.keep();
      this.#options.viewer.focusTarget.focus({ preventScroll: true });
    };
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", () => {
      start = null;
      this.drop();
    });
    return handle;
  }
}
