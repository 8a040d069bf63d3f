/** How the image is looked at: scale bar, map, display settings, and the zoom that the browser remembers. */

import { need, setText } from "../shared/dom";
import { DisplayControls } from "./display";
import { Memory } from "./memory";
import type { MiniMap } from "./minimap";
import { ScaleBar } from "./scalebar";
import type { FieldViewer } from "./viewer";

/** The zoom is kept when it has rested for so long. */
const KEEP_ZOOM_MS = 500;

export class Optics {
  readonly #root: HTMLElement;
  readonly #viewer: FieldViewer;
  readonly #map: MiniMap;
  readonly #scale: ScaleBar;
  readonly #memory: Memory;
  readonly #display: DisplayControls;
  #zoomTimer = 0;

  constructor(root: HTMLElement, viewer: FieldViewer, map: MiniMap) {
    this.#root = root;
    this.#viewer = viewer;
    this.#map = map;
    this.#scale = new ScaleBar(need("[data-scale]", HTMLElement, root));
    this.#memory = new Memory(localStorage, root.dataset.user ?? "");
    const remembered = this.#memory.read();
    viewer.keepZoom(remembered.zoom);
    this.#display = new DisplayControls({
      root,
      picture: () => viewer.picture,
      start: remembered.display,
      onChange: (display) => this.#memory.write({ display }),
    });
  }

  /** Another part of the field is in view. */
  viewed(): void {
    const view = this.#viewer.view();
    const field = this.#viewer.field;
    if (!view || !field) return;
    this.#map.setPart(this.#viewer.visible());
    this.#scale.show(field, view.scale);
    const { zoomed } = this.#viewer;
    this.#viewer.keepZoom(zoomed);
    window.clearTimeout(this.#zoomTimer);
    this.#zoomTimer = window.setTimeout(() => this.#memory.write({ zoom: zoomed }), KEEP_ZOOM_MS);
  }

  /** Say whether the image is there. */
  image(state: "loading" | "ready" | "failed"): void {
    const host = need("[data-loading]", HTMLElement, this.#root);
    host.hidden = state === "ready";
    if (state === "ready") this.#display.apply();
    const failed = "The image of this field could not be loaded. Load the page again to retry.";
    setText(host, state === "failed" ? failed : "Loading the image");
  }
}
