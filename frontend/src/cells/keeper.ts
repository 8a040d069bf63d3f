/**
 * Where a page keeps what the server has not answered: the browser's storage, in a place of its own.
 *
 * Two tabs on one slide would otherwise wipe out what the other waits for. A page that opens takes up what lies in all
 * places, its predecessor's and those of tabs that are still open; these send it too, and the server knows by the key
 * of an act that it is the same.
 */

import type { Keeper } from "./saver";

type Place = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Return the keeper of one page; `of` names person and slide, `page` this page alone. */
export function keeperFor(storage: Place, of: string, page: string): Keeper {
  const prefix = `wbcweb.unsaved.${of}`;
  const own = `${prefix}.${page}`;
  let others: string[] = [];
  return {
    read: () => {
      others = namesIn(storage).filter(
        (name) => name !== own && (name === prefix || name.startsWith(`${prefix}.`)),
      );
      const acts = new Map<string, unknown>();
      for (const name of others) {
        for (const act of actsIn(storage.getItem(name))) {
          if (!acts.has(act.key)) acts.set(act.key, act);
        }
      }
      return acts.size > 0 ? JSON.stringify([...acts.values()]) : null;
    },
    write: (text) => {
      if (text === null) storage.removeItem(own);
      else storage.setItem(own, text);
    },
    takenUp: () => {
      for (const name of others) storage.removeItem(name);
      others = [];
    },
  };
}

function namesIn(storage: Place): string[] {
  return Array.from({ length: storage.length }, (_, at) => storage.key(at)).filter((name) => name !== null);
}

/** Return the acts in a text; none in one that makes no sense. */
function actsIn(text: string | null): { key: string }[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found.filter((act) => typeof act?.key === "string") : [];
  } catch {
    return [];
  }
}
