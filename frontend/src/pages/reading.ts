/** Entry of the page of a second reader, and of the page on which disagreements are decided. */

import { ReadingPage } from "../reading/page";
import type { ReadingDocument } from "../reading/types";
import { ApiError, getJson } from "../shared/api";
import { need, setText } from "../shared/dom";

async function start(): Promise<void> {
  const root = need("[data-page=reading]", HTMLElement);
  const loading = need("[data-loading]", HTMLElement, root);
  try {
    const found = await getJson<ReadingDocument>(root.dataset.api ?? "");
    if (found.cells.length === 0) {
      setText(loading, loading.dataset.empty ?? "There is nothing here.");
      return;
    }
    loading.hidden = true;
    new ReadingPage(root, found).start();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    setText(loading, `The cells could not be loaded. ${error.message} Load the page again to retry.`);
  }
}

void start();
