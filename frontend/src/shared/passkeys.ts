/** Passkeys between the server's JSON and the browser's buffers (WebAuthn level 3, section 5.1). */

type Json = Record<string, unknown>;

/** What the server asks of a passkey: to be made, or to sign. */
export interface Challenge {
  publicKey: Json;
}

/** Turn base64url text into bytes. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i += 1) bytes[i] = plain.charCodeAt(i);
  return bytes;
}

/** Turn bytes into base64url text without padding. */
export function toText(buffer: ArrayBuffer): string {
  let plain = "";
  for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Tell whether browsers keep passkeys for this address: a name, and a connection that nobody can listen in on. */
export function work(hostname: string, secure: boolean): boolean {
  return (
    secure && !/^[\d.]+$/.test(hostname) && !hostname.includes(":") && "PublicKeyCredential" in globalThis
  );
}

/** Turn what the server asks for into what the browser takes, for a new passkey and for a signature alike. */
export function fromServer(challenge: Challenge): Json {
  const asked = challenge.publicKey;
  const ids = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((item: Json) => ({ ...item, id: toBytes(String(item.id)) })) : list;
  const made: Json = { ...asked, challenge: toBytes(String(asked.challenge)) };
  if (asked.user) made.user = { ...(asked.user as Json), id: toBytes(String((asked.user as Json).id)) };
  if (asked.excludeCredentials) made.excludeCredentials = ids(asked.excludeCredentials);
  if (asked.allowCredentials) made.allowCredentials = ids(asked.allowCredentials);
  return made;
}

/** Turn what the browser answers into what the server reads. */
export function toServer(credential: PublicKeyCredential): Json {
  const answer = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response: Json = { clientDataJSON: toText(answer.clientDataJSON) };
  if (answer.attestationObject) {
    response.attestationObject = toText(answer.attestationObject);
    response.transports = answer.getTransports?.() ?? [];
  } else {
    response.authenticatorData = toText(answer.authenticatorData);
    response.signature = toText(answer.signature);
    response.userHandle = answer.userHandle ? toText(answer.userHandle) : null;
  }
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** Let the browser make a passkey; null when the person cancelled. */
export async function make(challenge: Challenge): Promise<Json | null> {
  const publicKey = fromServer(challenge) as unknown as PublicKeyCredentialCreationOptions;
  const made = await navigator.credentials.create({ publicKey });
  return made instanceof PublicKeyCredential ? toServer(made) : null;
}

/** Let a passkey sign; null when the person cancelled. */
export async function sign(challenge: Challenge): Promise<Json | null> {
  const publicKey = fromServer(challenge) as unknown as PublicKeyCredentialRequestOptions;
  const signed = await navigator.credentials.get({ publicKey });
  return signed instanceof PublicKeyCredential ? toServer(signed) : null;
}

/** Say why it did not work, for the person. */
export function reasonOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "InvalidStateError") return "This device holds a passkey for your account already.";
  if (name === "NotAllowedError" || name === "AbortError") {
    return "Nothing was done: it was cancelled, took too long, or this device has no passkey for your account.";
  }
  if (name === "SecurityError") return "The browser keeps no passkeys for this address.";
  return "The passkey could not be used. Try again, or use another way.";
}
