/** What becomes of a person's acts outside the page: their keys and their requests. */

import { postJson } from "../shared/api";
import type { Act, Step } from "./outbox";
import type { ActAnswer, LabelListAnswer, StepAnswer } from "./types";

export const API = "/api/v1";

export function newKey(): string {
  // randomUUID exists only in secure contexts; a site on a local network is often plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return a random UUID (version 4), the name of one act on many cells. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Return what is posted for an act; a label names the suggestion that was on screen. */
export function bodyOf(act: Act & { version: number }): Record<string, unknown> {
  if (act.kind === "add") {
    const apart = act.apart === true ? { apart: true } : {};
    return { field: act.field, box: act.box, to: act.to, ...apart, idempotency_key: act.key };
  }
  const base = { version: act.version, idempotency_key: act.key };
  if (act.kind === "undo" || act.kind === "remove") return base;
  if (act.kind === "box") return { ...base, box: act.box };
  return {
    ...base,
    ...(act.group === undefined ? {} : { act: act.group }),
    to: act.to,
    seen_suggestion: act.seenSuggestion,
    // Left out of the request when an act of an earlier page does not say it.
    suggestion: act.suggestion,
  };
}

/** Send an act to the server. */
export function sendAct(act: Act & { version: number }): Promise<ActAnswer> {
  return postJson<ActAnswer>(`${API}/cells/${act.cell}/${act.kind}/`, bodyOf(act));
}

/** Return the way to send an act on a slide, where boxes can be added too. */
export function slideSender(slide: string): (act: Act & { version: number }) => Promise<ActAnswer> {
  return (act) =>
    act.kind === "add" ? postJson<ActAnswer>(`${API}/slides/${slide}/boxes/`, bodyOf(act)) : sendAct(act);
}

/** Return what is posted for the acts of a bulk move. */
export function manyBodyOf(acts: readonly (Act & { version: number })[]): Record<string, unknown> {
  return { labels: acts.map((act) => ({ cell: act.cell, ...bodyOf(act) })) };
}

/** Send the acts of a bulk move; each is answered by itself. */
export function sendActs(acts: readonly (Act & { version: number })[]): Promise<LabelListAnswer> {
  return postJson<LabelListAnswer>(`${API}/labels/`, manyBodyOf(acts));
}

/** Return the way to undo and redo on a slide or in a project; `where` such as "slides/<id>". */
export function stepSender(where: string): (step: Step) => Promise<StepAnswer> {
  return (step) => postJson<StepAnswer>(`${API}/${where}/${step.step}/`, { idempotency_key: step.key });
}
