/** One drawn field of a cell-location check: its boxes, and what is wrong with them. */

import type { View } from "../cells/geometry";
import { BoxStore } from "../cells/store";
import type { Box, CellData, FieldInfo } from "../cells/types";
import { isTyping, need, setText } from "../shared/dom";
import { around, nudged, usualSize } from "../slide/boxes";
import type { Style } from "../slide/paint";
import { ScaleBar } from "../slide/scalebar";
import { FieldViewer } from "../slide/viewer";
import { Marks } from "./marks";

export interface DrawnField {
  id: string;
  width: number;
  height: number;
  um_per_px: number | null;
  boxes: Box[];
  missed: [number, number][];
  false_boxes: number[];
}

/** Colours that people with a colour deficiency tell apart; the letters say the same. */
const STYLES: ReadonlyMap<string, Style> = new Map([
  ["found", { letter: "✓", colour: "#56B4E9", kind: "class" }],
  ["false", { letter: "F", colour: "#D55E00", kind: "class" }],
  ["missed", { letter: "M", colour: "#F0E442", kind: "class" }],
]);
const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" } as const;

export class LocationCheckPage {
  readonly #root: HTMLElement;
  readonly #field: DrawnField;
  readonly #marks: Marks;
  readonly #store = new BoxStore();
  readonly #viewer: FieldViewer;
  readonly #scale: ScaleBar;
  readonly #size: { width: number; height: number };
  readonly #can: boolean;
  /** The mark that is being placed by keys. */
  #draft: Box | null = null;
  #selected: string | null = null;

  constructor(root: HTMLElement, field: DrawnField) {
    this.#root = root;
    this.#field = field;
    this.#can = root.dataset.can === "true";
    this.#marks = new Marks(field.boxes, field.false_boxes, field.missed);
    this.#size = usualSize(field.boxes, field.um_per_px);
    this.#scale = new ScaleBar(need("[data-scale]", HTMLElement, root));
    this.#viewer = new FieldViewer({
      host: need("[data-viewer]", HTMLElement, root),
      styles: STYLES,
      onPick: (id, place) => this.#picked(id, place),
      onView: () => this.#showScale(this.#viewer.view()),
      onImage: (state) => {
        const loading = need("[data-loading]", HTMLElement, root);
        loading.hidden = state === "ready";
        if (state === "failed")
          setText(loading, "The image could not be loaded. Load the page again to retry.");
      },
    });
  }

  start(): void {
    this.#viewer.open(this.#info());
    this.#draw();
    this.#bind();
    this.#viewer.focusTarget.setAttribute(
      "aria-label",
      `Image with ${this.#marks.boxes.length} boxes. N and P go from box to box, X says that a box holds no white cell, A marks a missed cell.`,
    );
    this.#viewer.focusTarget.focus({ preventScroll: true });
  }

  #info(): FieldInfo {
    const { id, width, height, um_per_px } = this.#field;
    const image_url = this.#root.dataset.image ?? "";
    return {
      id,
      position: 1,
      title: "",
      width,
      height,
      image_url,
      thumbnail_url: "",
      um_per_px,
      scale_source: um_per_px === null ? "" : "file",
      analysed: true,
    };
  }

  #showScale(view: View | null): void {
    if (view) this.#scale.show(this.#info(), view.scale);
  }

  #draw(): void {
    const cell = (id: string, box: Box, name: string): CellData => ({
      id,
      field: this.#field.id,
      box,
      class: name,
      review_state: "labelled",
      suggested: "",
      suggestion: null,
      probability: null,
      unidentified: false,
      version: 1,
      crop_url: "",
      probabilities: {},
    });
    const cells = [
      ...this.#marks.boxes.map((box, at) =>
        cell(`box-${at}`, box, this.#marks.isFalse(at) ? "false" : "found"),
      ),
      ...this.#marks.missed.map(([x, y], at) =>
        cell(`miss-${at}`, around(x, y, this.#size, this.#field), "missed"),
      ),
    ];
    this.#store.load(cells);
    this.#viewer.setCells([...this.#store.all()]);
    this.#viewer.layer.setSelected(this.#selected);
    setText(need("[data-tally]", HTMLElement, this.#root), this.#marks.words());
    const form = this.#root.querySelector<HTMLFormElement>("[data-result]");
    if (!form) return;
    need("[name=missed]", HTMLInputElement, form).value = JSON.stringify(this.#marks.missed);
    need("[name=false_boxes]", HTMLInputElement, form).value = JSON.stringify(this.#marks.falseBoxes);
  }

  #picked(id: string | null, place: { x: number; y: number }): void {
    if (!this.#can) return;
    if (id === null) {
      const { width, height } = this.#field;
      if (place.x < 0 || place.y < 0 || place.x > width || place.y > height) return;
      this.#select(`miss-${this.#marks.miss(place.x, place.y)}`);
    } else {
      this.#select(id);
      this.#mark();
    }
    this.#draw();
  }

  /** Say that the selected box holds no cell, or take it back; a mark of a missed cell is taken away. */
  #mark(): void {
    const [kind, at] = this.#selected?.split("-") ?? [];
    if (!this.#can || at === undefined) return;
    if (kind === "box") {
      this.#marks.toggle(Number(at));
      this.#say(this.#marks.isFalse(Number(at)) ? "Holds no white cell." : "Holds a white cell.");
    } else {
      this.#marks.unmiss(Number(at));
      this.#selected = null;
      this.#say("Mark taken away.");
    }
    this.#draw();
  }

  #select(id: string | null): void {
    this.#selected = id;
    this.#viewer.layer.setSelected(id);
  }

  #step(by: 1 | -1): void {
    const ids = [...this.#store.all()].map((cell) => cell.id);
    if (ids.length === 0) return;
    const at = this.#selected === null ? -1 : ids.indexOf(this.#selected);
    const next = at < 0 ? (by === 1 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + by));
    const cell = this.#store.get(ids[next] ?? "");
    if (!cell) return;
    this.#select(cell.id);
    this.#viewer.goTo(cell.box);
    this.#say(`${next + 1} of ${ids.length}: ${cell.shown === "found" ? "box" : cell.shown}`);
  }

  #place(box: Box | null): void {
    this.#draft = box;
    this.#viewer.layer.setEdit(box ? { cell: null, box } : null);
  }

  #keep(): void {
    const box = this.#draft;
    if (!box) return;
    this.#place(null);
    this.#select(`miss-${this.#marks.miss((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)}`);
    this.#say("Marked as missed.");
    this.#draw();
  }

  #say(words: string): void {
    setText(need("[data-live]", HTMLElement, this.#root), words);
  }

  #bind(): void {
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>("[data-zoom]"))
      button.addEventListener("click", () => this.#viewer.zoom(button.dataset.zoom === "1" ? 1 : -1, null));
    need("[data-fit]", HTMLButtonElement, this.#root).addEventListener("click", () => this.#viewer.fit());
    this.#root.addEventListener("keydown", (event) => {
      const ended = (event.ctrlKey || event.metaKey) && event.key === "Enter";
      if (ended && this.#can) this.#root.querySelector<HTMLFormElement>("[data-result]")?.requestSubmit();
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return;
      if (this.#key(event.key)) event.preventDefault();
    });
  }

  /** Do what a key says; false when it means nothing here. */
  #key(key: string): boolean {
    const direction = ARROWS[key as keyof typeof ARROWS];
    const view = this.#viewer.view();
    if (direction && view) {
      if (this.#draft) this.#place(nudged(this.#draft, direction, Math.max(1, 6 / view.scale), this.#field));
      else this.#viewer.pan(direction);
      return true;
    }
    switch (key.length === 1 ? key.toLowerCase() : key) {
      case "n":
        this.#step(1);
        return true;
      case "p":
        this.#step(-1);
        return true;
      case "x":
      case "Delete":
        this.#mark();
        return true;
      case "a": {
        const visible = this.#viewer.visible();
        if (!this.#can || !visible) return false;
        const x = (Math.max(0, visible[0]) + Math.min(this.#field.width, visible[2])) / 2;
        const y = (Math.max(0, visible[1]) + Math.min(this.#field.height, visible[3])) / 2;
        this.#place(around(x, y, this.#size, this.#field));
        this.#say("Move the mark with the arrows; Enter keeps it, Escape drops it.");
        return true;
      }
      case "Enter":
        if (!this.#draft) return false;
        this.#keep();
        return true;
      case "Escape":
        if (!this.#draft) return false;
        this.#place(null);
        return true;
      case "+":
      case "=":
      case "-":
        this.#viewer.zoom(key === "-" ? -1 : 1, null);
        return true;
      case "f":
        this.#viewer.fit();
        return true;
      default:
        return false;
    }
  }
}
