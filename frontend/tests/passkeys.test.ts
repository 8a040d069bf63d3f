import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { fromServer, reasonOf, toBytes, toServer, toText, work } from "../src/shared/passkeys";

afterEach(() => vi.unstubAllGlobals());

test("bytes come back from their text, which needs no escaping in an address", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toText(new Uint8Array(bytes).buffer);
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
      expect([...toBytes(text)]).toEqual([...bytes]);
    }),
  );
});

test("what the server asks for becomes buffers where the browser wants them, and nothing else changes", () => {
  const made = fromServer({
    publicKey: {
      challenge: "AQI",
      rpId: "localhost",
      user: { id: "Aw", name: "a" },
      excludeCredentials: [{ type: "public-key", id: "BA" }],
      allowCredentials: [{ type: "public-key", id: "BQ", transports: ["usb"] }],
    },
  });
  expect(made).toEqual({
    challenge: new Uint8Array([1, 2]),
    rpId: "localhost",
    user: { id: new Uint8Array([3]), name: "a" },
    excludeCredentials: [{ type: "public-key", id: new Uint8Array([4]) }],
    allowCredentials: [{ type: "public-key", id: new Uint8Array([5]), transports: ["usb"] }],
  });
});

const buffer = (...bytes: number[]): ArrayBuffer => new Uint8Array(bytes).buffer;

function credential(response: object): PublicKeyCredential {
  return {
    id: "AQ",
    rawId: buffer(1),
    type: "public-key",
    authenticatorAttachment: "platform",
    getClientExtensionResults: () => ({ credProps: { rk: true } }),
    response,
  } as unknown as PublicKeyCredential;
}

test("a new passkey is told with its attestation and its extensions", () => {
  const told = toServer(
    credential({
      clientDataJSON: buffer(2),
      attestationObject: buffer(3),
      getTransports: () => ["internal"],
    }),
  );
  expect(told).toEqual({
    id: "AQ",
    rawId: "AQ",
    type: "public-key",
    authenticatorAttachment: "platform",
    clientExtensionResults: { credProps: { rk: true } },
    response: { clientDataJSON: "Ag", attestationObject: "Aw", transports: ["internal"] },
  });
});

test("a signature is told with its owner, if the passkey names one", () => {
  const parts = { clientDataJSON: buffer(2), authenticatorData: buffer(3), signature: buffer(4) };
  const response = { clientDataJSON: "Ag", authenticatorData: "Aw", signature: "BA" };
  expect(toServer(credential({ ...parts, userHandle: buffer(5) })).response).toEqual({
    ...response,
    userHandle: "BQ",
  });
  expect(toServer(credential({ ...parts, userHandle: null })).response).toEqual({
    ...response,
    userHandle: null,
  });
});

test("browsers keep passkeys for names on safe connections only", () => {
  vi.stubGlobal("PublicKeyCredential", class {});
  expect(work("localhost", true)).toBe(true);
  expect(work("lab.example.org", true)).toBe(true);
  expect(work("lab.example.org", false)).toBe(false);
  expect(work("127.0.0.1", true)).toBe(false);
  expect(work("[::1]", true)).toBe(false);
  vi.unstubAllGlobals();
  expect(work("localhost", true)).toBe(false);
});

test("every failure has a sentence", () => {
  for (const name of ["InvalidStateError", "NotAllowedError", "SecurityError", "DataError"]) {
    expect(reasonOf(new DOMException("", name))).toMatch(/\.$/);
  }
  expect(reasonOf("nonsense")).toMatch(/\.$/);
});
