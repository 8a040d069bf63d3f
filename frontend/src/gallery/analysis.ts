/** The bar of a running analysis in the gallery; cells come in meanwhile by the changes that the page asks for. */

import { API } from "../cells/acts";
import { JobBar } from "../cells/jobbar";
import { getJson, postJson } from "../shared/api";
import type { GalleryDocument, Scope } from "./document";

export interface AnalysisOptions {
  host: HTMLElement;
  /** Such as "slides/<id>". */
  where: string;
  /** Ask for changes now. */
  onNews: () => void;
  /** The analysis stands otherwise: queued, done or failed. */
  onScope: (scope: Scope) => void;
  onRefused: (message: string) => void;
}

/** Whether there is anything to tell: a finished analysis speaks by its cells, or by the words of an empty gallery. */
export function tells(scope: Scope): boolean {
  return scope.kind === "slide" && scope.state !== "done" && scope.state !== "empty";
}

export class Analysis {
  readonly #options: AnalysisOptions;
  readonly #bar: JobBar;

  constructor(options: AnalysisOptions) {
    this.#options = options;
    this.#bar = new JobBar({
      host: options.host,
      jobUrl: (id) => `${API}/jobs/${id}/`,
      onNews: async (finished) => {
        options.onNews();
        if (finished) await this.#again();
      },
      onRetry: () => void this.#retry(),
    });
  }

  show(scope: Scope): void {
    // With a cell and no field that waits, the bar rests silently once the analysis is done.
    if (tells(scope)) this.#bar.show(scope, 0, 1);
    else this.#bar.show({ ...scope, state: "done", job: null }, 0, 1);
  }

  async #again(): Promise<void> {
    const { scope } = await getJson<GalleryDocument>(`${API}/${this.#options.where}/gallery/`);
    this.show(scope);
    this.#options.onScope(scope);
  }

  async #retry(): Promise<void> {
    try {
      await postJson(`${API}/${this.#options.where}/analyse/`, {});
      await this.#again();
    } catch (error) {
      this.#options.onRefused(error instanceof Error ? error.message : String(error));
    }
  }
}
