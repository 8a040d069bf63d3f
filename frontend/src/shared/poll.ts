/** Polling that ends: often at first, then seldom, not while the tab is hidden. */

import { ApiError } from "./api";

const FAST_MS = 500;
const SLOW_MS = 2_000;
const FAST_FOR_MS = 10_000;

/** Return the pause before the next question, given how long we have been asking (ms). */
export function pollDelay(elapsedMs: number): number {
  return elapsedMs < FAST_FOR_MS ? FAST_MS : SLOW_MS;
}

/**
 * Ask again and again until `ask` answers true, or until the server says that there is nothing to ask for any more
 * (`onRefused`). Returns a function that stops it.
 */
export function poll(
  ask: () => Promise<boolean>,
  onRefused: (error: ApiError) => void = () => undefined,
): () => void {
  const started = performance.now();
  let stopped = false;
  let timer = 0;
  const again = (): void => {
    if (!stopped) timer = window.setTimeout(tick, pollDelay(performance.now() - started));
  };
  const tick = async (): Promise<void> => {
    if (stopped) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", tick, { once: true });
      return;
    }
    const done = await ask().catch((error: unknown) => {
      // A failed question (restart, lost network) is no reason to stop asking; a refused one stays refused.
      if (!(error instanceof ApiError) || error.temporary) return false;
      onRefused(error);
      return true;
    });
    if (!done) again();
  };
  again();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}
