import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/shared/api";
import { Courier } from "../src/study/courier";
import { Stopwatch } from "../src/study/stopwatch";
import type { Answer, ReadingDocument } from "../src/study/types";

const TIMES = new Stopwatch(() => 0, 0).times(0);
const answer = (slot: number, key = `key-${slot}`): Answer => ({
  key,
  slot,
  answer: "monocyte",
  realism: null,
  reason: "",
  times: TIMES,
  screen: {},
});
const offline = () => new ApiError(0, "offline", "The server could not be reached.");

/** A server that keeps one reading for a slot, in order, and counts a key once. */
class Server {
  readonly kept = new Map<number, string>();
  sent = 0;
  failures: ApiError[] = [];
  /** What happens after the reading is kept, before its answer arrives. */
  lost = 0;

  send = async ({ slot, key }: Answer): Promise<ReadingDocument> => {
    this.sent += 1;
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const known = this.kept.get(slot);
    if (known !== undefined && known !== key)
      throw new ApiError(409, "answered-elsewhere", "Image 1 was answered in another window.");
    this.kept.set(slot, key);
    if (this.lost-- > 0) throw offline();
    return { state: "reading", answered: slot, total: 9, side: 1, opens_at: null, classes: [], next: null };
  };
}

function courier(server: Server, storage: { text: string | null } = { text: null }) {
  const told: [number, string][] = [];
  return {
    told,
    storage,
    courier: new Courier({
      send: server.send,
      keeper: {
        read: () => storage.text,
        write: (text) => {
          storage.text = text;
        },
        takenUp: () => undefined,
      },
      onWaiting: (n, why) => told.push([n, why?.message ?? ""]),
    }),
  };
}

describe("an answer on its way", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is kept until the server has it, and forgotten then", async () => {
    const server = new Server();
    const { courier: one, storage } = courier(server);
    const outcome = one.send(answer(1));
    expect(JSON.parse(storage.text ?? "[]")).toHaveLength(1);
    expect(await outcome).toMatchObject({ document: { answered: 1 } });
    expect(storage.text).toBeNull();
  });

  it("is sent again after every temporary failure, with the same key, and counts once", async () => {
    const server = new Server();
    server.failures = [
      offline(),
      new ApiError(503, "unavailable", "Busy."),
      new ApiError(401, "signed-out", "You are signed out."),
      new ApiError(404, "not-found", "Another account."),
      new ApiError(403, "csrf", "Refused."),
    ];
    server.lost = 1; // kept, but the page never heard of it
    const { courier: one, told, storage } = courier(server);
    const outcome = one.send(answer(1));
    await vi.advanceTimersByTimeAsync(10);
    expect(told.at(-1)).toEqual([1, "The server could not be reached."]);
    expect(storage.text).not.toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await outcome).toHaveProperty("document");
    expect(server.sent).toBe(7);
    expect([...server.kept]).toEqual([[1, "key-1"]]);
    expect(told.at(-1)).toEqual([0, ""]);
  });

  it("goes at once when the network is back", async () => {
    const server = new Server();
    server.failures = [offline()];
    const { courier: one } = courier(server);
    const outcome = one.send(answer(1));
    await vi.advanceTimersByTimeAsync(0);
    one.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.sent).toBe(2);
    await outcome;
  });

  it("to an image that was answered elsewhere is refused and not kept", async () => {
    const server = new Server();
    server.kept.set(1, "other");
    const { courier: one, storage } = courier(server);
    expect(await one.send(answer(1))).toMatchObject({ refused: { code: "answered-elsewhere" } });
    expect(storage.text).toBeNull();
    expect(server.kept.get(1)).toBe("other");
  });

  it("of a page that was closed is taken up by the next one, in its order", async () => {
    const server = new Server();
    server.failures = Array.from({ length: 50 }, offline);
    const storage: { text: string | null } = { text: null };
    const { courier: closed } = courier(server, storage);
    void closed.send(answer(2));
    void closed.send(answer(1));
    await vi.advanceTimersByTimeAsync(100);
    const text = storage.text; // the page is gone now

    const next = new Server();
    const again = { text };
    const { courier: opened } = courier(next, again);
    expect(await opened.takeUp()).toEqual([]);
    expect([...next.kept.keys()]).toEqual([1, 2]);
    expect(again.text).toBeNull();
  });

  it("that makes no sense any more is dropped, and what others kept is not harmed by it", async () => {
    const server = new Server();
    expect(await courier(server, { text: "{not json" }).courier.takeUp()).toEqual([]);
    const odd = { text: JSON.stringify([{ key: "a" }, null, answer(1)]) };
    expect(await courier(server, odd).courier.takeUp()).toEqual([]);
    expect([...server.kept.keys()]).toEqual([1]);
  });

  it("taken up although the image has its reading already is told, once", async () => {
    const server = new Server();
    server.kept.set(1, "other");
    const refused = await courier(server, { text: JSON.stringify([answer(1)]) }).courier.takeUp();
    expect(refused.map((error) => error.code)).toEqual(["answered-elsewhere"]);
  });
});
