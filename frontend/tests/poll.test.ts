import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/shared/api";
import { poll } from "../src/shared/poll";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", { setTimeout, clearTimeout });
  vi.stubGlobal("document", { hidden: false, removeEventListener: () => undefined });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("asks until the answer is yes", async () => {
  const ask = vi.fn().mockResolvedValueOnce(false).mockResolvedValue(true);
  poll(ask);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

test("a lost network or a restart is no reason to stop", async () => {
  const ask = vi
    .fn()
    .mockRejectedValueOnce(new ApiError(0, "offline", "Lost."))
    .mockRejectedValueOnce(new ApiError(503, "unavailable", "Restarting."))
    .mockRejectedValueOnce(new ApiError(401, "signed-out", "Signed out."))
    .mockResolvedValue(true);
  poll(ask);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(4);
});

test.each([403, 404, 410])("stops when the server answers %i, and says so once", async (status) => {
  const refused = new ApiError(status, "gone", "There is nothing here.");
  const ask = vi.fn().mockRejectedValue(refused);
  const onRefused = vi.fn();
  poll(ask, onRefused);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(onRefused).toHaveBeenCalledExactlyOnceWith(refused);
});

test("asks no more once it is stopped", async () => {
  const ask = vi.fn().mockResolvedValue(false);
  const stop = poll(ask);
  await vi.advanceTimersByTimeAsync(600);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
});
