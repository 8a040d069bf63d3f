/** How an act looks before the server has answered it. No DOM, no network. */

import type { ApiError } from "../shared/api";
import type { Act } from "./outbox";
import type { Conflict } from "./saving";
import { type BoxStore, isDraft } from "./store";
import type { ConflictDetail } from "./types";

/** Draw an act on the page's cells; false when there is no such cell to act on. */
export function drawAct(store: BoxStore, act: Act): boolean {
  if (act.kind === "add") {
    if (!act.box || act.field === undefined) return false;
    if (!store.get(act.cell)) store.draft(act.cell, act.field, act.box, act.to);
    return true;
  }
  if (!store.get(act.cell)) return false;
  if (act.kind === "remove") store.hide(act.cell);
  else if (act.kind === "box") {
    if (!act.box) return false;
    store.applyBox(act.cell, act.box);
  } else store.apply(act.cell, act.to);
  return true;
}

/** Tell whether the server refused an act since somebody else changed the cell, and says what stands there now. */
export function isOvertaken(act: Act, refusal: ApiError): boolean {
  const detail = (refusal.detail ?? {}) as ConflictDetail;
  return refusal.status === 409 && !isDraft(act.cell) && detail.current?.version !== undefined;
}

/** Return what the person has to choose between; null when there is nothing to choose. */
export function conflictOf(act: Act, detail: ConflictDetail): Conflict | null {
  const current = detail.current?.class ?? "";
  const base = {
    cell: act.cell,
    yours: act.to,
    current,
    version: detail.current?.version ?? 1,
    by: detail.current?.by ?? "",
  };
  if (act.kind === "undo") return null;
  if (act.kind === "remove")
    return { ...base, about: "remove", ...(detail.current?.box && { theirs: detail.current.box }) };
  if (act.kind === "box" && act.box) {
    const theirs = detail.current?.box;
    if (theirs?.every((value, at) => value === act.box?.[at])) return null;
    return { ...base, about: "box", mine: act.box, ...(theirs && { theirs }) };
  }
  return (act.to ?? "") === current ? null : base;
}
