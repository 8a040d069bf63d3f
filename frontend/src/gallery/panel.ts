/** The panel of the cell that has the focus: large with its surroundings, what is known of it, and what one may do. */

import { newKey } from "../cells/acts";
import { Detail } from "../cells/detail";
import { describe, type Names } from "../cells/labels";
import type { Cell } from "../cells/store";
import { ApiError } from "../shared/api";
import { make, need, setText } from "../shared/dom";
import { boxInPart, type Scales, sizeOf } from "./scale";
import {
  type Alike,
  alikeTo,
  type Comment,
  commentsOf,
  moment,
  type Story,
  storyOf,
  writeComment,
} from "./story";

/** So long the focus rests on a cell before its story is asked for (ms): not for each one a person runs past. */
const REST_MS = 250;
const CONTEXT_PX = 512;
const ALIKE = 6;
const BAR_UM = 10;

export interface PanelOptions {
  host: HTMLElement;
  names: Names;
  scales: Scales;
  contextUm: number;
  /** How large the pictures of the lanes are asked for, in device pixels. */
  lanePixels: () => number;
  canLabel: boolean;
  get: (id: string) => Cell | undefined;
  whereOf: (cell: Cell) => string;
  onLabel: (name: string) => void;
  onWithdraw: () => void;
  onConfirm: () => void;
  onPin: () => void;
  /** A comment was written. */
  onCommented: (cell: string, n: number) => void;
}

export class Panel {
  readonly #options: PanelOptions;
  readonly #detail: Detail;
  readonly #crop: HTMLElement;
  readonly #pinned: HTMLElement;
  readonly #stories = new Map<string, Story>();
  readonly #next = new Image();
  #cell: Cell | null = null;
  #pinnedId: string | null = null;
  #timer = 0;
  /** Of a comment that could not be sent yet; the same text sent again is the same comment. */
  #commentKey = { text: "", key: "" };

  constructor(options: PanelOptions) {
    this.#options = options;
    const { host, names, canLabel } = options;
    this.#crop = need("[data-context]", HTMLElement, host);
    this.#pinned = need("[data-pinned]", HTMLElement, host);
    this.#detail = new Detail({
      host,
      names,
      canLabel,
      onLabel: options.onLabel,
      onWithdraw: options.onWithdraw,
      onConfirm: options.onConfirm,
    });
    need("[data-pin]", HTMLButtonElement, host).addEventListener("click", () => options.onPin());
    const form = need("[data-comment-form]", HTMLFormElement, host);
    form.hidden = !canLabel;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#comment();
    });
  }

  get pinned(): string | null {
    return this.#pinnedId;
  }

  /** Show a cell; what only the server knows of it follows when the focus rests. */
  show(cell: Cell | null): void {
    const other = cell?.id !== this.#cell?.id;
    this.#cell = cell;
    this.#options.host.toggleAttribute("data-none", cell === null);
    const known = cell && this.#stories.get(cell.id);
    this.#detail.show(cell && known ? { ...cell, probabilities: known.probabilities } : cell);
    this.#drawCrop();
    if (!other && known) return;
    window.clearTimeout(this.#timer);
    if (other) this.#clear();
    if (cell) this.#timer = window.setTimeout(() => void this.#load(cell.id), REST_MS);
  }

  /** Something happened to the cell: what is shown of it is to be asked for again. */
  stale(id: string): void {
    this.#stories.delete(id);
    if (this.#cell?.id !== id) return;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#load(id), REST_MS);
  }

  /** Fetch the picture of the cell that is likely to be next, so that it is there when the key is pressed. */
  expect(id: string | undefined): void {
    const { get, scales, contextUm } = this.#options;
    const cell = id === undefined ? undefined : get(id);
    if (!cell) return;
    this.#next.src = scales.picture(cell, CONTEXT_PX, contextUm).url;
  }

  flash(name: string): void {
    this.#detail.flash(name);
  }

  /** Keep a cell on show beside the others; the same again lets go of it. */
  pin(id: string | null): void {
    this.#pinnedId = this.#pinnedId === id ? null : id;
    const cell = this.#pinnedId === null ? undefined : this.#options.get(this.#pinnedId);
    this.#pinned.hidden = !cell;
    this.#drawCrop();
    need("[data-pin]", HTMLButtonElement, this.#options.host).setAttribute(
      "aria-pressed",
      String(cell !== undefined && cell.id === this.#cell?.id),
    );
  }

  #drawCrop(): void {
    if (this.#cell) this.#context(this.#crop, this.#cell);
    else this.#crop.replaceChildren();
    const pinned = this.#pinnedId === null ? undefined : this.#options.get(this.#pinnedId);
    if (pinned) this.#context(this.#pinned, pinned, "Pinned: ");
    const pin = need("[data-pin]", HTMLButtonElement, this.#options.host);
    pin.setAttribute("aria-pressed", String(this.#cell !== null && this.#cell.id === this.#pinnedId));
  }

  /** Draw a cell with its surroundings, its box and a scale bar. */
  #context(host: HTMLElement, cell: Cell, words = ""): void {
    const { scales, contextUm, names, whereOf } = this.#options;
    const picture = scales.picture(cell, CONTEXT_PX, contextUm);
    const signature = `${picture.url} ${cell.shown} ${cell.label}`;
    if (host.dataset.drawn === signature) return;
    host.dataset.drawn = signature;
    const image = make("img", {
      src: picture.url,
      alt: words + describe(names, cell),
      width: 320,
      height: 320,
    });
    const parts: Node[] = [image];
    if (picture.part) {
      // The picture of the lane is here already: it stands in until the larger one has come.
      const before = make("img", { class: "context__before", alt: "", "aria-hidden": "true" });
      before.src = scales.picture(cell, this.#options.lanePixels()).url;
      before.style.width = `${((100 * scales.windowUm) / contextUm).toFixed(2)}%`;
      parts.unshift(before);
      const box = make("span", { class: "context__box", "aria-hidden": "true" });
      const place = boxInPart(cell.box, picture.part);
      for (const [side, value] of Object.entries(place))
        box.style.setProperty(side, `${(100 * value).toFixed(2)}%`);
      parts.push(box);
    }
    if (picture.unscaled) {
      parts.push(make("span", { class: "context__scale" }, "Scale unknown, drawn in pixels"));
    } else if (picture.part) {
      const line = make("span", { class: "context__bar" });
      line.style.width = `${((100 * BAR_UM) / contextUm).toFixed(2)}%`;
      parts.push(make("span", { class: "context__scale" }, `${BAR_UM} µm`), line);
    }
    const scale = scales.umPerPx(cell.field);
    const size =
      scale === null ? `${sizeOf(cell.box).toFixed(0)} px` : `${(sizeOf(cell.box) * scale).toFixed(1)} µm`;
    host.replaceChildren(
      make("span", { class: "context__view" }, ...parts),
      make("span", { class: "context__where small muted" }, `${words}${whereOf(cell)}, ${size} across`),
    );
  }

  #clear(): void {
    const { host } = this.#options;
    for (const name of ["chapters", "comments", "alike"])
      need(`[data-${name}]`, HTMLElement, host).replaceChildren(
        make("li", { class: "muted small" }, this.#cell ? "Loading" : ""),
      );
  }

  async #load(id: string): Promise<void> {
    await Promise.all([this.#loadStory(id), this.#loadComments(id), this.#loadAlike(id)]);
  }

  async #loadStory(id: string): Promise<void> {
    const list = need("[data-chapters]", HTMLElement, this.#options.host);
    try {
      const story = this.#stories.get(id) ?? (await storyOf(id));
      this.#stories.set(id, story);
      if (this.#cell?.id !== id) return;
      this.#detail.show({ ...this.#cell, probabilities: story.probabilities });
      list.replaceChildren(
        ...story.chapters.map((chapter) =>
          make(
            "li",
            { class: "chapter" },
            make("time", { datetime: chapter.at, class: "muted" }, moment(chapter.at)),
            make("span", {}, chapter.who ? `${chapter.text}, ${chapter.who}` : chapter.text),
          ),
        ),
      );
    } catch (error) {
      if (this.#cell?.id === id) this.#say(list, error);
    }
  }

  async #loadComments(id: string): Promise<void> {
    const list = need("[data-comments]", HTMLElement, this.#options.host);
    try {
      const comments = await commentsOf(id);
      if (this.#cell?.id === id) this.#showComments(list, comments);
    } catch (error) {
      if (this.#cell?.id === id) this.#say(list, error);
    }
  }

  #showComments(list: HTMLElement, comments: readonly Comment[]): void {
    if (comments.length === 0) {
      list.replaceChildren(make("li", { class: "muted small" }, "No comment yet."));
      return;
    }
    list.replaceChildren(
      ...comments.map((comment) =>
        make(
          "li",
          { class: "comment" },
          make("p", {}, comment.text),
          make(
            "p",
            { class: "small muted" },
            `${comment.author}, `,
            make("time", { datetime: comment.at }, moment(comment.at)),
          ),
        ),
      ),
    );
  }

  async #loadAlike(id: string): Promise<void> {
    const list = need("[data-alike]", HTMLElement, this.#options.host);
    try {
      const alike = await alikeTo(id, ALIKE);
      if (this.#cell?.id !== id) return;
      if (alike.length === 0)
        list.replaceChildren(make("li", { class: "muted small" }, "No reference cell like this one yet."));
      else list.replaceChildren(...alike.map((cell) => this.#alike(cell)));
    } catch (error) {
      if (this.#cell?.id === id) this.#say(list, error);
    }
  }

  #alike(cell: Alike): HTMLElement {
    const { names } = this.#options;
    const kind = cell.reference ? "reference" : "two people agree";
    const said = `${names.title(cell.class)}, ${kind}, likeness ${cell.similarity.toFixed(2)}`;
    const image = make("img", { src: cell.crop_url, alt: said, width: 72, height: 72, decoding: "async" });
    const caption = make(
      "span",
      { class: "small", "aria-hidden": "true" },
      `${names.letter(cell.class)} ${cell.similarity.toFixed(2)}`,
    );
    const item = make("li", { class: "alike", title: said }, image, caption);
    if (cell.slide === null) return item;
    const link = make("a", { href: `/slides/${cell.slide}/gallery/?cell=${cell.id}` }, image, caption);
    item.replaceChildren(link);
    return item;
  }

  async #comment(): Promise<void> {
    const { host } = this.#options;
    const field = need("[data-comment]", HTMLTextAreaElement, host);
    const note = need("[data-comment-note]", HTMLElement, host);
    const cell = this.#cell;
    const text = field.value.trim();
    if (!cell || text === "") return;
    if (this.#commentKey.text !== text) this.#commentKey = { text, key: newKey() };
    setText(note, "saving");
    try {
      await writeComment(cell.id, text, this.#commentKey.key);
      setText(note, "");
      this.#commentKey = { text: "", key: "" };
      field.value = "";
      this.#options.onCommented(cell.id, cell.comments + 1);
      this.stale(cell.id);
    } catch (error) {
      setText(note, `Not saved: ${this.#words(error)} The text stays here; send it again.`);
    }
  }

  #say(list: HTMLElement, error: unknown): void {
    const gone = error instanceof ApiError && error.status === 404;
    list.replaceChildren(
      make("li", { class: "muted small" }, gone ? "Nothing here yet." : `Not loaded. ${this.#words(error)}`),
    );
  }

  #words(error: unknown): string {
    return error instanceof ApiError ? error.message : String(error);
  }
}
