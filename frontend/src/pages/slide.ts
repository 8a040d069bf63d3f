/** Entry of the slide page. */

import type { SlideDocument } from "../cells/types";
import { ApiError, getJson } from "../shared/api";
import { need, setText } from "../shared/dom";
import { SlidePage } from "../slide/page";

async function start(): Promise<void> {
  const root = need("[data-page=slide]", HTMLElement);
  const loading = need("[data-loading]", HTMLElement, root);
  try {
    const document = await getJson<SlideDocument>(root.dataset.api ?? "");
    loading.hidden = true;
    new SlidePage(root, document).start();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    setText(
      loading,
      `The cells of this slide could not be loaded. ${error.message} Load the page again to retry.`,
    );
  }
}

void start();
