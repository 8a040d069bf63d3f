/**
 * Carries answers to the server, one after the other, and never forgets one.
 *
 * An answer lies in the browser's storage from the moment it is given until the server has said what became of it. A
 * temporary failure (no connection, a restart, signed out meanwhile) is tried again with the same key, so it counts
 * once. What an earlier page could not send is taken up by the next. No DOM.
 */

import type { Keeper } from "../cells/saver";
import { ApiError } from "../shared/api";
import type { Answer, ReadingDocument } from "./types";

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 10_000;

export interface CourierOptions {
  send: (answer: Answer) => Promise<ReadingDocument>;
  keeper: Keeper;
  /** Called whenever something waits or waits no more; `why` is what the last try met, null while it is on its way. */
  onWaiting: (waiting: number, why: ApiError | null) => void;
}

/** What became of an answer: the next image, or why it does not stand. */
export type Outcome = { document: ReadingDocument } | { refused: ApiError };

/** Tell whether the same answer may be taken later: also once the right person is signed in again. */
export function mayPass(error: ApiError): boolean {
  return error.temporary || error.status === 403 || error.status === 404;
}

function isAnswer(value: unknown): value is Answer {
  const found = value as Partial<Answer> | null;
  return typeof found?.key === "string" && typeof found.slot === "number" && typeof found.times === "object";
}

export class Courier {
  readonly #options: CourierOptions;
  #waiting: Answer[] = [];
  #busy: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Send an answer once those before it are through; resolves when the server has taken or refused it. */
  send(answer: Answer): Promise<Outcome> {
    this.#waiting.push(answer);
    this.#keep();
    return this.#after(answer);
  }

  /** Send what an earlier page could not; resolves with what was refused of it. */
  async takeUp(): Promise<ApiError[]> {
    const { keeper } = this.#options;
    let kept: unknown[] = [];
    try {
      kept = JSON.parse(keeper.read() ?? "[]") as unknown[];
    } catch {
      keeper.write(null);
    }
    const answers = kept.filter(isAnswer).sort((a, b) => a.slot - b.slot);
    this.#waiting.push(...answers);
    this.#keep();
    keeper.takenUp();
    const outcomes = await Promise.all(answers.map((answer) => this.#after(answer)));
    return outcomes.flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : []));
  }

  /** Try now what waits for its next turn (the network came back, the page is in sight again). */
  retryNow(): void {
    this.#wake?.();
  }

  #after(answer: Answer): Promise<Outcome> {
    const turn = this.#busy.then(() => this.#carry(answer));
    this.#busy = turn;
    return turn;
  }

  async #carry(answer: Answer): Promise<Outcome> {
    this.#options.onWaiting(this.waiting, null);
    for (let failures = 0; ; failures++) {
      try {
        const document = await this.#options.send(answer);
        this.#done(answer);
        return { document };
      } catch (error) {
        const refused = error instanceof ApiError ? error : new ApiError(0, "offline", String(error));
        if (!mayPass(refused)) {
          this.#done(answer);
          return { refused };
        }
        this.#options.onWaiting(this.waiting, refused);
        await this.#pause(Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** failures));
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #done(answer: Answer): void {
    this.#waiting = this.#waiting.filter((other) => other.key !== answer.key);
    this.#keep();
    this.#options.onWaiting(this.waiting, null);
  }

  #keep(): void {
    this.#options.keeper.write(this.#waiting.length > 0 ? JSON.stringify(this.#waiting) : null);
  }
}
