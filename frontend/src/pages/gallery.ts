/** Entry of the gallery. */

import type { GalleryDocument } from "../gallery/document";
import { GalleryPage } from "../gallery/page";
import { ApiError, getJson } from "../shared/api";
import { need, setText } from "../shared/dom";

async function start(): Promise<void> {
  const root = need("[data-page=gallery]", HTMLElement);
  const loading = need("[data-loading]", HTMLElement, root);
  try {
    const data = await getJson<GalleryDocument>(root.dataset.api ?? "");
    loading.hidden = true;
    need("[data-lanes]", HTMLElement, root).hidden = false;
    new GalleryPage(root, data).start();
    // When the first keys work, in ms since the page was asked for.
    requestAnimationFrame(() => {
      root.dataset.ready = String(Math.round(performance.now()));
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    loading.hidden = true;
    const failed = need("[data-failed]", HTMLElement, root);
    setText(need("[data-failed-text]", HTMLElement, failed), error.message);
    failed.hidden = false;
  }
}

void start();
