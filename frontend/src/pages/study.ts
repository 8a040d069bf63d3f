/** Entry of the page of a reader of a study. */

import { newKey } from "../cells/acts";
import { keeperFor } from "../cells/keeper";
import type { Keeper } from "../cells/saver";
import { need } from "../shared/dom";
import { StudyPage } from "../study/page";
import { rehearsal, serverAt } from "../study/server";
import type { ReadingDocument } from "../study/types";

const NO_KEEPER: Keeper = { read: () => null, write: () => undefined, takenUp: () => undefined };

function start(): void {
  const root = need("[data-page=study]", HTMLElement);
  const { api, user } = root.dataset;
  if (api) {
    const keeper = keeperFor(localStorage, `${user ?? ""}.study.${api.split("/").at(-2) ?? ""}`, newKey());
    void new StudyPage(root, serverAt(api), keeper).run();
    return;
  }
  const shown = JSON.parse(
    need("#study-preview", HTMLElement).dataset.documents ?? "[]",
  ) as ReadingDocument[];
  void new StudyPage(root, rehearsal(shown), NO_KEEPER).run();
}

start();
