/** The upload panel: choose or drop files, watch each on its way, go to the slide. */

import { ApiError, getJson, postJson } from "../shared/api";
import { make, need, setText } from "../shared/dom";
import { bytes, counted } from "../shared/format";
import { poll } from "../shared/poll";
import {
  type Mode,
  merge,
  type Row,
  refusal,
  rowFor,
  rowWords,
  slidesOf,
  tally,
  tallyWords,
  titleFrom,
  type UploadData,
} from "./model";
import { sendFile } from "./send";

const API = "/api/v1";
/** Files under way at the same time: enough to fill a line, few enough not to starve the page. */
const AT_ONCE = 2;

interface RowView {
  element: HTMLElement;
  state: HTMLElement;
  bar: HTMLProgressElement;
}

export class UploadPanel {
  readonly #root: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #summary: HTMLElement;
  readonly #start: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  readonly #links: HTMLElement;
  #files: File[] = [];
  #rows: Row[] = [];
  #views: RowView[] = [];
  #busy = false;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#form = need("form", HTMLFormElement, root);
    this.#input = need("input[type=file]", HTMLInputElement, root);
    this.#list = need("[data-upload-list]", HTMLElement, root);
    this.#summary = need("[data-upload-summary]", HTMLElement, root);
    this.#start = need("[data-upload-start]", HTMLButtonElement, root);
    this.#again = need("[data-upload-again]", HTMLButtonElement, root);
    this.#links = need("[data-upload-links]", HTMLElement, root);
    this.#bind();
  }

  #bind(): void {
    this.#input.addEventListener("change", () => {
      this.#add([...(this.#input.files ?? [])]);
      this.#input.value = "";
    });
    // Files that were chosen while this script was still on its way count too.
    if (this.#input.files?.length) this.#input.dispatchEvent(new Event("change"));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#upload();
    });
    this.#form.addEventListener("change", () => this.#showMode());
    this.#again.addEventListener("click", () => this.#clear());
    const zone = need("[data-upload-zone]", HTMLElement, this.#root);
    // The whole page takes files, so that a drop beside the frame does not leave the page.
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.toggleAttribute("data-over", true);
    });
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) zone.removeAttribute("data-over");
    });
    document.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.removeAttribute("data-over");
      this.#add([...event.dataTransfer.files]);
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.#rows.some((row) => row.state === "sending" || (this.#busy && row.state === "chosen"))) {
        event.preventDefault();
      }
    });
    this.#input.classList.add("visually-hidden"); // the drop zone takes its place
    this.#showMode();
    this.#draw();
  }

  get #mode(): Mode {
    return (new FormData(this.#form).get("mode") as Mode | null) ?? "one-slide";
  }

  #showMode(): void {
    const mode = this.#mode;
    for (const part of this.#form.querySelectorAll<HTMLElement>("[data-for-mode]")) {
      part.hidden = part.dataset.forMode !== mode;
    }
  }

  #add(files: File[]): void {
    if (this.#busy || files.length === 0) return;
    if (this.#rows.length > 0 && this.#rows.every((row) => row.state !== "chosen")) this.#clear();
    const title = this.#form.querySelector<HTMLInputElement>("input[name=title]");
    if (title && title.value === "" && files[0]) title.value = titleFrom(files[0].name);
    for (const file of files) {
      this.#files.push(file);
      this.#rows.push(rowFor(file.name, file.size));
      this.#views.push(this.#makeRow(file));
    }
    this.#draw();
    this.#start.focus();
  }

  #clear(): void {
    this.#files = [];
    this.#rows = [];
    this.#views = [];
    this.#list.replaceChildren();
    this.#links.replaceChildren();
    const title = this.#form.querySelector<HTMLInputElement>("input[name=title]");
    if (title) title.value = "";
    this.#draw();
  }

  #makeRow(file: File): RowView {
    const state = make("span", { class: "upload-row__state" });
    const bar = make("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    const element = make(
      "li",
      { class: "upload-row" },
      make("span", { class: "upload-row__name" }, file.name),
      make("span", { class: "upload-row__size number" }, bytes(file.size)),
      bar,
      state,
    );
    this.#list.append(element);
    return { element, state, bar };
  }

  #set(index: number, change: Partial<Row>): void {
    const row = this.#rows[index];
    if (!row) return;
    this.#rows[index] = { ...row, ...change };
    this.#draw();
  }

  #draw(): void {
    const t = tally(this.#rows);
    for (const [index, row] of this.#rows.entries()) {
      const view = this.#views[index];
      if (!view) continue;
      view.element.dataset.state = row.state;
      const words = row.notices.length > 0 ? `${rowWords(row)}: ${row.notices.join(" ")}` : rowWords(row);
      setText(view.state, words);
      view.bar.value = row.state === "chosen" ? 0 : row.state === "sending" ? row.part : 1;
    }
    this.#list.hidden = t.total === 0;
    setText(this.#summary, t.total === 0 || !this.#started ? "" : tallyWords(t));
    setText(this.#start, t.total === 0 ? "Upload" : `Upload ${counted(t.total, "file", "files")}`);
    this.#start.disabled = t.total === 0 || this.#started;
    this.#again.hidden = this.#busy || t.total === 0;
    setText(this.#again, this.#started ? "Upload more" : "Clear the list");
  }

  get #started(): boolean {
    return this.#rows.some((row) => row.state !== "chosen");
  }

  async #upload(): Promise<void> {
    if (this.#busy || this.#rows.length === 0) return;
    this.#busy = true;
    try {
      await this.#sendAll();
    } catch (error) {
      this.#failRest(error instanceof ApiError ? error.message : String(error));
    } finally {
      this.#busy = false;
      this.#draw();
    }
  }

  async #sendAll(): Promise<void> {
    const form = new FormData(this.#form);
    const mode = this.#mode;
    const body = {
      mode,
      title: form.get("title") ?? "",
      slide: mode === "add-to-slide" ? form.get("slide") : null,
    };
    const most = Number(this.#root.dataset.maxMb ?? 0);
    const { id } = await postJson<{ id: string }>(
      `${API}/projects/${this.#root.dataset.project}/uploads/`,
      body,
    );
    // In their order: the first file of a slide is its first field.
    const waiting = this.#files.map((_, index) => index);
    const lane = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        await this.#sendOne(id, index, most);
      }
    };
    await Promise.all(Array.from({ length: mode === "one-slide" ? 1 : AT_ONCE }, lane));
    if (!this.#rows.some((row) => row.state === "sent")) return;
    await postJson(`${API}/uploads/${id}/complete/`, {});
    await this.#watch(id);
  }

  async #sendOne(upload: string, index: number, most: number): Promise<void> {
    const file = this.#files[index];
    if (!file) return;
    const message = refusal(file.size, most);
    if (message) {
      this.#set(index, { state: "refused", message });
      return;
    }
    this.#set(index, { state: "sending", part: 0 });
    try {
      const serverId = await sendFile(`${API}/uploads/${upload}/files/`, file, (part) =>
        this.#set(index, { part }),
      );
      this.#set(index, { state: "sent", serverId });
    } catch (error) {
      const words = error instanceof ApiError ? error.message : String(error);
      this.#set(index, { state: "refused", message: words });
    }
  }

  #watch(upload: string): Promise<void> {
    return new Promise((resolve) => {
      poll(
        async () => {
          const data = await getJson<UploadData>(`${API}/uploads/${upload}/`);
          this.#rows = merge(this.#rows, data.files);
          this.#draw();
          this.#showLinks();
          if (data.state !== "done" && data.state !== "stopped") return false;
          if (data.state === "stopped") this.#stopped(upload, data.message);
          resolve();
          return true;
        },
        (refused) => {
          this.#failRest(refused.message);
          this.#draw();
          resolve();
        },
      );
    });
  }

  #showLinks(): void {
    const slides = slidesOf(this.#rows);
    if (slides.length === this.#links.childElementCount) return;
    this.#links.replaceChildren(
      ...slides.map((slide, index) => {
        const words = slides.length === 1 ? "Open the slide" : `Open slide ${index + 1}`;
        const kind = index === 0 ? "button button--primary" : "button";
        return make("a", { class: kind, href: `/slides/${slide}/` }, words);
      }),
    );
  }

  /** Say that the server stopped half-way, and where one goes on from there. */
  #stopped(upload: string, message: string): void {
    const words = message || "Storing stopped before every file was read.";
    this.#links.prepend(make("a", { class: "button", href: `/uploads/${upload}/` }, "See what is left"));
    this.#failRest(words);
    this.#draw();
  }

  #failRest(message: string): void {
    this.#rows = this.#rows.map((row) =>
      row.state === "chosen" || row.state === "sending" || row.state === "sent"
        ? { ...row, state: "refused", message }
        : row,
    );
  }
}
