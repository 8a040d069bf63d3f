/** The scale bar in the corner of the image. */

import { scaleBar } from "../cells/geometry";
import type { FieldInfo } from "../cells/types";
import { need, setText } from "../shared/dom";

const LONGEST_PX = 120;

export class ScaleBar {
  readonly #line: HTMLElement;
  readonly #text: HTMLElement;

  constructor(host: HTMLElement) {
    this.#line = need("[data-scale-line]", HTMLElement, host);
    this.#text = need("[data-scale-text]", HTMLElement, host);
  }

  /** Show the bar for a field at `scale` screen pixels per pixel of the field. */
  show(field: FieldInfo, scale: number): void {
    const bar = scaleBar(field.um_per_px, scale, LONGEST_PX, field.scale_source === "estimated");
    this.#line.hidden = bar === null;
    this.#line.style.width = bar ? `${bar.length}px` : "0";
    setText(this.#text, bar ? bar.label : "scale not known");
  }
}
