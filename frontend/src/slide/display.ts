/**
 * Brightness, contrast and gamma of the picture on the screen. The stored pixels are never touched, and whoever looks
 * at an adjusted picture is told so.
 */

import { need, setText } from "../shared/dom";

/** Factors; 1 is as stored. */
export interface Display {
  brightness: number;
  contrast: number;
  gamma: number;
}

export const NEUTRAL: Display = { brightness: 1, contrast: 1, gamma: 1 };
const LEAST = 0.4;
const MOST = 2.5;

/** Return settings within what the sliders offer, whatever was kept. */
export function sane(display: Partial<Display>): Display {
  const clean = (value: unknown): number =>
    typeof value === "number" && Number.isFinite(value) ? Math.min(MOST, Math.max(LEAST, value)) : 1;
  return {
    brightness: clean(display.brightness),
    contrast: clean(display.contrast),
    gamma: clean(display.gamma),
  };
}

export function isNeutral(display: Display): boolean {
  return display.brightness === 1 && display.contrast === 1 && display.gamma === 1;
}

/** Return the CSS filter; `gammaUrl` names the SVG filter that carries the gamma. */
export function filterOf(display: Display, gammaUrl: string): string {
  if (isNeutral(display)) return "";
  const parts = [];
  if (display.gamma !== 1) parts.push(`url("${gammaUrl}")`);
  if (display.brightness !== 1) parts.push(`brightness(${display.brightness})`);
  if (display.contrast !== 1) parts.push(`contrast(${display.contrast})`);
  return parts.join(" ");
}

export interface DisplayOptions {
  root: HTMLElement;
  /** The element that shows the picture; another one once a field is open. */
  picture: () => HTMLElement | null;
  start: Display;
  onChange: (display: Display) => void;
}

/** The sliders, the badge and the way back. */
export class DisplayControls {
  readonly #options: DisplayOptions;
  readonly #sliders: ReadonlyMap<keyof Display, HTMLInputElement>;
  #display: Display;

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.#display = options.start;
    const { root } = options;
    const names = ["brightness", "contrast", "gamma"] as const;
    this.#sliders = new Map(
      names.map((name) => [name, need(`[data-display=${name}]`, HTMLInputElement, root)]),
    );
    for (const [name, slider] of this.#sliders) {
      slider.addEventListener("input", () => this.#set({ ...this.#display, [name]: Number(slider.value) }));
    }
    for (const button of root.querySelectorAll("[data-display-reset]")) {
      button.addEventListener("click", () => this.#set(NEUTRAL));
    }
    this.apply();
  }

  /** Put the settings on the picture, which is another element for each field. */
  apply(): void {
    const { root, picture } = this.#options;
    const { gamma } = this.#display;
    for (const part of root.querySelectorAll(
      "[data-gamma] feFuncR, [data-gamma] feFuncG, [data-gamma] feFuncB",
    )) {
      part.setAttribute("exponent", String(1 / gamma));
    }
    const shown = picture();
    if (shown) shown.style.filter = filterOf(this.#display, "#display-gamma");
    const adjusted = !isNeutral(this.#display);
    need("[data-adjusted]", HTMLElement, root).hidden = !adjusted;
    for (const [name, slider] of this.#sliders) {
      slider.value = String(this.#display[name]);
      const out = root.querySelector(`[data-display-value=${name}]`);
      if (out) setText(out, this.#display[name].toFixed(2));
    }
  }

  #set(display: Display): void {
    this.#display = sane(display);
    this.apply();
    this.#options.onChange(this.#display);
  }
}
