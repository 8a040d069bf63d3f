/** The bar over the image while an analysis waits or runs, and the sentence when it failed. */

import { getJson } from "../shared/api";
import { need, setText } from "../shared/dom";
import { poll } from "../shared/poll";
import type { SlideInfo } from "./types";

/** While an analysis runs, cells are asked for no more often than this (ms): a slide may have thousands. */
const NEWS_EVERY_MS = 5_000;

/** What the jobs interface says of a job, as far as this page uses it. */
export interface JobData {
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  progress?: { done?: number | null; total?: number | null; stage?: string; left_words?: string } | null;
}

export interface JobBarOptions {
  host: HTMLElement;
  jobUrl: (id: string) => string;
  /** Called when new results may be there; `finished` when the job has ended. */
  onNews: (finished: boolean) => Promise<void>;
  onRetry: () => void;
}

/** Say where a job stands in one line. */
export function jobWords(job: JobData): string {
  if (job.state === "queued") return "Waiting for a worker";
  const { done, total, stage, left_words: left } = job.progress ?? {};
  const parts = [stage || "Analysing"];
  if (total) parts.push(`${done ?? 0} of ${total}`);
  if (left) parts.push(left);
  return parts.join(", ");
}

export class JobBar {
  readonly #options: JobBarOptions;
  readonly #text: HTMLElement;
  readonly #bar: HTMLProgressElement;
  readonly #retry: HTMLButtonElement;
  #job: string | null = null;
  #stop: (() => void) | null = null;
  #done = -1;
  #asked = 0;

  constructor(options: JobBarOptions) {
    this.#options = options;
    this.#text = need("[data-job-text]", HTMLElement, options.host);
    this.#bar = need("progress", HTMLProgressElement, options.host);
    this.#retry = need("[data-analyse]", HTMLButtonElement, options.host);
    this.#retry.addEventListener("click", () => options.onRetry());
  }

  /** Follow the slide's analysis, or say why there is nothing to follow. */
  show(slide: SlideInfo, waiting: number, cells: number): void {
    const busy = slide.state === "queued" || slide.state === "running";
    const { host } = this.#options;
    if (busy && slide.job) {
      host.hidden = false;
      host.dataset.state = slide.state;
      this.#bar.hidden = false;
      this.#retry.hidden = true;
      this.#follow(slide.job);
      if (!this.#text.textContent || slide.state === "queued")
        setText(this.#text, slide.state_message || "Waiting for a worker");
      return;
    }
    this.#stopFollowing();
    this.#bar.hidden = true;
    const words = this.#restingWords(slide, waiting, cells);
    host.hidden = words === "";
    host.dataset.state = slide.state;
    setText(this.#text, words);
    this.#retry.hidden = !slide.can_label || (slide.state !== "failed" && waiting === 0);
  }

  #restingWords(slide: SlideInfo, waiting: number, cells: number): string {
    if (slide.state === "failed") return slide.state_message || "The analysis failed. The images are safe.";
    if (slide.state === "empty" && waiting === 0)
      return slide.state_message || "This slide has no field yet.";
    if (waiting > 0) return slide.state_message || "Not every field of this slide has been analysed.";
    return cells === 0 ? "The analysis is complete: no white cell was found on this slide." : "";
  }

  #follow(job: string): void {
    if (this.#job === job) return;
    this.#stopFollowing();
    this.#job = job;
    this.#done = -1;
    this.#stop = poll(
      async () => {
        const data = await getJson<JobData>(this.#options.jobUrl(job));
        const ended = data.state !== "queued" && data.state !== "running";
        const done = data.progress?.done ?? 0;
        const total = data.progress?.total ?? 0;
        setText(this.#text, jobWords(data));
        if (total > 0) {
          this.#bar.max = total;
          this.#bar.value = Math.min(done, total);
        } else {
          this.#bar.removeAttribute("value");
        }
        const now = performance.now();
        if (ended || (done !== this.#done && now - this.#asked > NEWS_EVERY_MS)) {
          this.#done = done;
          this.#asked = now;
          if (ended) this.#job = null;
          await this.#options.onNews(ended);
        }
        return ended;
      },
      (refused) => setText(this.#text, refused.message),
    );
  }

  #stopFollowing(): void {
    this.#stop?.();
    this.#stop = null;
    this.#job = null;
  }
}
