/** The line over the image about the open field: how good it is to look at, and whether all its cells are boxed. */

import type { FieldInfo } from "../cells/types";
import { ApiError, postJson } from "../shared/api";
import { need, setText } from "../shared/dom";
import { counted } from "../shared/format";

export interface FieldBarOptions {
  host: HTMLElement;
  canLabel: boolean;
  url: (field: string) => string;
  onChange: (field: string, complete: boolean) => void;
  onRefused: (words: string) => void;
}

export class FieldBar {
  readonly #options: FieldBarOptions;
  readonly #box: HTMLInputElement;
  #field: FieldInfo | null = null;

  constructor(options: FieldBarOptions) {
    this.#options = options;
    this.#box = need("[data-complete]", HTMLInputElement, options.host);
    this.#box.disabled = !options.canLabel;
    this.#box.addEventListener("change", () => void this.#send());
  }

  show(field: FieldInfo): void {
    this.#field = field;
    const { host } = this.#options;
    host.hidden = false;
    this.#box.checked = field.complete ?? false;
    setText(need("[data-complete-words]", HTMLElement, host), markWords(field));
    const light = need("[data-quality]", HTMLElement, host);
    const { quality } = field;
    light.className = `light light--${quality?.light ?? "unknown"}`;
    setText(light, quality?.word ?? "Not judged");
    light.title = quality ? quality.measures.map((m) => m.words).join("\n") : "";
    setText(
      need("[data-quality-words]", HTMLElement, host),
      quality?.reason ?? "An analysis will measure focus, light and stain of this field.",
    );
  }

  async #send(): Promise<void> {
    const field = this.#field;
    if (!field) return;
    const complete = this.#box.checked;
    const { onChange, onRefused, url } = this.#options;
    onChange(field.id, complete);
    try {
      await postJson(url(field.id), { complete });
    } catch (error) {
      onChange(field.id, !complete);
      onRefused(`The mark was not saved. ${error instanceof ApiError ? error.message : String(error)}`);
    }
  }
}

/** Say who marked a field and when, and what was boxed or removed after it. */
export function markWords(field: FieldInfo): string {
  const { completed } = field;
  if (!field.complete || !completed) return "";
  const day = completed.at ? new Date(completed.at).toLocaleDateString() : "";
  const who = completed.by ? `by ${completed.by}${day ? `, ${day}` : ""}` : day;
  const since = completed.changed_since;
  return since > 0 ? `${who}; ${counted(since, "box", "boxes")} changed since` : who;
}
