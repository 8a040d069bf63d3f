/** What is known of each file on its way to the server; no DOM. */

import { bytes, counted } from "../shared/format";

export type Mode = "one-slide" | "slide-per-file" | "add-to-slide";

export interface Row {
  readonly name: string;
  readonly size: number;
  /** chosen -> sending -> sent -> (the server's word) stored, duplicate or failed; refused never reached storage. */
  readonly state: "chosen" | "sending" | "sent" | "refused" | "stored" | "duplicate" | "failed";
  /** Part sent, 0 to 1. */
  readonly part: number;
  readonly message: string;
  readonly notices: readonly string[];
  readonly serverId: string | null;
  readonly slide: string | null;
}

/** What the server says of one file of an upload. */
export interface FileData {
  id: string;
  filename: string;
  state: "waiting" | "stored" | "duplicate" | "failed";
  message: string;
  notices: string[];
  slide: string | null;
  field: string | null;
}

export interface UploadData {
  /** "stopped": the job was cancelled or failed with files left; `message` says so. */
  state: "open" | "queued" | "done" | "stopped";
  message: string;
  job: string | null;
  files: FileData[];
}

export function rowFor(name: string, size: number): Row {
  return { name, size, state: "chosen", part: 0, message: "", notices: [], serverId: null, slide: null };
}

/** Refuse on the spot what the server would refuse for its size; null when the file may go. */
export function refusal(size: number, mostMegabytes: number): string | null {
  if (size === 0) return "The file is empty.";
  const most = mostMegabytes * 1024 * 1024;
  if (mostMegabytes > 0 && size > most) {
    return `The file has ${bytes(size)}; this site takes at most ${mostMegabytes} MB a file.`;
  }
  return null;
}

/** Write the server's word into the rows; rows that the server does not know stay as they are. */
export function merge(rows: readonly Row[], files: readonly FileData[]): Row[] {
  const byId = new Map(files.map((file) => [file.id, file]));
  return rows.map((row) => {
    const file = row.serverId === null ? undefined : byId.get(row.serverId);
    if (!file) return row;
    const state = file.state === "waiting" ? "sent" : file.state;
    return { ...row, state, message: file.message, notices: file.notices, slide: file.slide };
  });
}

/** Say where one file stands. */
export function rowWords(row: Row): string {
  switch (row.state) {
    case "chosen":
      return "waiting";
    case "sending":
      return row.part >= 1 ? "being received" : `${Math.floor(row.part * 100)} % sent`;
    case "sent":
      return "sent, waiting to be read";
    case "stored":
      return "stored";
    case "duplicate":
      return row.message || "already in this project";
    case "refused":
    case "failed":
      return row.message || "not stored";
  }
}

export interface Tally {
  total: number;
  stored: number;
  duplicates: number;
  failed: number;
  underWay: number;
}

export function tally(rows: readonly Row[]): Tally {
  const count = (...states: Row["state"][]): number =>
    rows.filter((row) => states.includes(row.state)).length;
  return {
    total: rows.length,
    stored: count("stored"),
    duplicates: count("duplicate"),
    failed: count("failed", "refused"),
    underWay: count("chosen", "sending", "sent"),
  };
}

/** Say where the whole upload stands. */
export function tallyWords(t: Tally): string {
  if (t.underWay > 0) return `${t.total - t.underWay} of ${counted(t.total, "file", "files")} ready`;
  const parts = [`${t.stored} stored`];
  if (t.duplicates > 0) parts.push(`${t.duplicates} already here`);
  if (t.failed > 0) parts.push(`${t.failed} not stored`);
  return parts.join(", ");
}

/** The slides that the upload made or filled, each once, in order. */
export function slidesOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map((row) => row.slide).filter((slide) => slide !== null))];
}

/** Propose a title for a slide from a file name: no folder, no ending. */
export function titleFrom(name: string): string {
  const base = name.split(/[\\/]/).pop() ?? name;
  return base.replace(/\.[A-Za-z0-9]{1,5}$/, "").slice(0, 120) || "Slide";
}
