/** Entry of the API's page: Swagger UI from the site's own files, with the site's token against forged requests. */

import { csrfToken } from "../shared/api";

interface Request {
  method?: string;
  url: string;
  headers: Record<string, string>;
}

/** What the library leaves on the page; it comes as a script of its own, before this one. */
declare const SwaggerUIBundle: ((options: Record<string, unknown>) => unknown) | undefined;

/** Add the header that the server wants of everything a browser sends, to requests that go to this site only. */
export function withToken(request: Request): Request {
  const reads = ["GET", "HEAD", undefined].includes(request.method?.toUpperCase());
  if (!reads && new URL(request.url, location.href).origin === location.origin) {
    request.headers["X-CSRFToken"] = csrfToken();
  }
  return request;
}

for (const root of document.querySelectorAll<HTMLElement>("[data-api-docs]")) {
  if (typeof SwaggerUIBundle === "undefined") {
    root.textContent = "The page could not be loaded. Load it again to retry.";
    continue;
  }
  root.replaceChildren();
  SwaggerUIBundle({
    url: root.dataset.apiDocs,
    domNode: root,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    requestInterceptor: withToken,
    // The library would ask a validator on another machine.
    validatorUrl: null,
  });
}
