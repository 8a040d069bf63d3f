/**
 * The place of the one image: always the same size, decoded before it is shown, after a blank interval that is the
 * same for all. Pictures are held in memory, so that nothing of them stays in the browser.
 */

import { ApiError, errorFrom } from "../shared/api";

/** How long the stage is empty between two images (ms). */
export const BLANK_MS = 500;
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 8_000;

/** Fetch and decode one picture; raises ApiError. */
async function picture(url: string): Promise<HTMLImageElement> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new ApiError(0, "offline", "The server could not be reached.");
  }
  if (response.redirected) throw errorFrom(401, null); // led to the sign-in page
  if (!response.ok) throw errorFrom(response.status, await response.json().catch(() => null));
  const image = new Image();
  image.className = "study__image";
  image.draggable = false;
  image.src = URL.createObjectURL(await response.blob());
  try {
    await image.decode();
  } catch {
    throw new ApiError(0, "offline", "The image did not arrive whole.");
  }
  return image;
}

export interface StageOptions {
  /** Where the layout finds the size of the image. */
  root: HTMLElement;
  frame: HTMLElement;
  /** Called with what keeps an image away, and with null once it is there. */
  onWaiting: (why: ApiError | null) => void;
}

export class Stage {
  readonly #options: StageOptions;
  readonly #ahead = new Map<string, Promise<HTMLImageElement>>();
  #blankSince = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Set the size of every image on the screen (CSS pixels). */
  size(side: number): void {
    this.#options.root.style.setProperty("--side", `${side}px`);
  }

  /** Fetch and decode a picture ahead; a failure is met again when it is to be shown. */
  prefetch(url: string | null): void {
    if (url !== null && !this.#ahead.has(url)) {
      const coming = picture(url);
      coming.catch(() => this.#ahead.delete(url));
      this.#ahead.set(url, coming);
    }
  }

  /** Empty the stage. */
  blank(): void {
    for (const old of this.#options.frame.querySelectorAll("img")) URL.revokeObjectURL(old.src);
    this.#options.frame.replaceChildren();
    this.#blankSince = performance.now();
  }

  /**
   * Show a picture, whole and at once, when the stage was empty for its time; resolves when it is on screen, with how
   * long the stage was empty (ms). Raises ApiError when this image is not to be had.
   */
  async show(url: string, alt: string): Promise<number> {
    const image = await this.#ready(url);
    this.#ahead.clear();
    image.alt = alt;
    const left = this.#blankSince + BLANK_MS - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    await frame();
    this.#options.frame.replaceChildren(image);
    await frame();
    return Number.isFinite(this.#blankSince) ? performance.now() - this.#blankSince : 0;
  }

  /** Try now to get what could not be had (the network came back). */
  retryNow(): void {
    this.#wake?.();
  }

  async #ready(url: string): Promise<HTMLImageElement> {
    for (let failures = 0; ; failures++) {
      try {
        const image = await (this.#ahead.get(url) ?? picture(url));
        this.#options.onWaiting(null);
        return image;
      } catch (error) {
        this.#ahead.delete(url);
        if (!(error instanceof ApiError) || !error.temporary) throw error;
        this.#options.onWaiting(error);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** failures));
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }
}

/** Wait for the next frame that the browser draws; while the page is out of sight there is none. */
function frame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
