/** The one way the pages speak to the server's JSON interface. */

/** What the server said when it refused: one sentence for the person, a code for the program. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly detail: unknown = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** True when trying again later may help: no connection, overload, a restart, signed out meanwhile. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 401 || this.status === 429 || this.status >= 500;
  }
}

const OFFLINE = "The server could not be reached.";
const TIMEOUT_MS = 20_000;

/**
 * Read the token against forged requests: from the cookie, which is renewed when the person signs in again in
 * another tab, else from the page.
 */
export function csrfToken(): string {
  const cookie = /(?:^|; )(?:__Host-)?wbcweb_csrf=([^;]+)/.exec(document.cookie)?.[1];
  if (cookie) return decodeURIComponent(cookie);
  return document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
}

/** Turn an answer that is not a success into an error with the server's own words. */
export function errorFrom(status: number, body: unknown): ApiError {
  if (status === 401)
    return new ApiError(status, "signed-out", "You are signed out. Sign in again in another tab.");
  if (typeof body === "object" && body !== null && "error" in body) {
    const error = body.error as { code?: unknown; message?: unknown; detail?: unknown };
    const message = typeof error.message === "string" ? error.message : `The server answered ${status}.`;
    return new ApiError(
      status,
      typeof error.code === "string" ? error.code : "error",
      message,
      error.detail ?? null,
    );
  }
  if (status === 413)
    return new ApiError(status, "too-large", "The server does not take a file of this size.");
  if (status === 401 || status === 403) {
    return new ApiError(
      status,
      "not-permitted",
      "You are not signed in any more, or your role does not allow this.",
    );
  }
  return new ApiError(status, "error", `The server answered ${status}.`);
}

async function request<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
      headers: { Accept: "application/json", ...init.headers },
    });
  } catch {
    throw new ApiError(0, "offline", OFFLINE);
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw errorFrom(response.status, body);
  return body as T;
}

/** Read a JSON document; raises ApiError. */
export function getJson<T>(url: string): Promise<T> {
  return request<T>(url, { method: "GET", cache: "no-store" });
}

/** Browsers refuse to let more than 64 KiB outlive a page (Fetch, "inflight keep-alive bytes"). */
const MOST_KEPT_ALIVE = 32_000;

/**
 * Send a JSON document; unless it is long, the request outlives the page, so that a label is not lost by leaving.
 * Raises ApiError.
 */
export function postJson<T>(url: string, body: unknown): Promise<T> {
  const text = JSON.stringify(body);
  return request<T>(url, {
    method: "POST",
    keepalive: text.length <= MOST_KEPT_ALIVE,
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: text,
  });
}
