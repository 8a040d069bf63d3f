/** What becomes of a person's acts outside the page: their keys and their requests. */

import { postJson } from "../shared/api";
import type { Act } from "./saver";
import type { LabelAnswer } from "./types";

export const API = "/api/v1";

export function newKey(): string {
  // randomUUID exists only in secure contexts; a site on a local network is often plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return what is posted for an act; a label names the suggestion that was on screen. */
export function bodyOf(act: Act & { version: number }): Record<string, unknown> {
  const base = { version: act.version, idempotency_key: act.key };
  if (act.kind === "undo") return base;
  return {
    ...base,
    to: act.to,
    seen_suggestion: act.seenSuggestion,
    // Left out of the request when an act of an earlier page does not say it.
    suggestion: act.suggestion,
  };
}

/** Send an act to the server. */
export function sendAct(act: Act & { version: number }): Promise<LabelAnswer> {
  return postJson<LabelAnswer>(`${API}/cells/${act.cell}/${act.kind}/`, bodyOf(act));
}
