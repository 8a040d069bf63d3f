/** What the server knows of one cell besides its place and class: probabilities, biography, comments, its like. */

import { API, newKey } from "../cells/acts";
import type { CellData } from "../cells/types";
import { getJson, postJson } from "../shared/api";

export interface Chapter {
  at: string;
  kind: string;
  text: string;
  who: string;
}

export interface Comment {
  id: string | number;
  author: string;
  mine?: boolean;
  text: string;
  at: string;
}

/** A cell like another; `reference` when its label was adjudicated. */
export interface Alike extends CellData {
  similarity: number;
  reference: boolean;
  slide: string | null;
}

export interface Story {
  probabilities: Readonly<Record<string, number>>;
  chapters: readonly Chapter[];
}

export async function storyOf(cell: string): Promise<Story> {
  const [one, biography] = await Promise.all([
    getJson<{ probabilities?: Record<string, number> }>(`${API}/cells/${cell}/`),
    getJson<{ events: Chapter[] }>(`${API}/cells/${cell}/events/`),
  ]);
  return { probabilities: one.probabilities ?? {}, chapters: biography.events };
}

export async function commentsOf(cell: string): Promise<Comment[]> {
  return (await getJson<{ comments: Comment[] }>(`${API}/cells/${cell}/comments/`)).comments;
}

/** Write a comment; `key` makes a second try the same comment. */
export function writeComment(cell: string, text: string, key = newKey()): Promise<Comment> {
  return postJson<Comment>(`${API}/cells/${cell}/comments/`, { text, idempotency_key: key });
}

export async function alikeTo(cell: string, n: number): Promise<Alike[]> {
  return (await getJson<{ cells: Alike[] }>(`${API}/cells/${cell}/similar/?n=${n}`)).cells;
}

/** Write a moment as the reader's own clock and calendar do. */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}
