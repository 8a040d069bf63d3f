/** What a person is told who boxed a cell that somebody else, or a model, has boxed already. */

import type { Names } from "../cells/labels";
import type { Choice } from "../cells/refusals";
import type { CellThere } from "../cells/types";

/** Say who was faster, and what becomes of the person's own label. */
export function thereWords(there: CellThere, to: string | null, names: Names): string {
  const who = there.by === "" ? "The model" : there.by;
  const as = there.class === null ? "" : ` as ${names.title(there.class)}`;
  const mine = to === null || to === there.class ? "" : ` Your ${names.title(to)} is not saved.`;
  return `${who} has boxed this cell already${as}.${mine}`;
}

/** Return what the person can do: look at the cell that is there, or keep the own box where it is another one. */
export function thereChoices(there: CellThere, show: () => void, keep: () => void): Choice[] {
  const choices = [{ label: "Show that cell", run: show }];
  return there.same ? choices : [...choices, { label: "It is another cell: keep mine", run: keep }];
}
