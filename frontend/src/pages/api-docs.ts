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

/** Return whether the page is drawn dark: by the person's choice, else by the system's. */
export function isDark(theme: string | undefined, system: boolean): boolean {
  return theme === "dark" || theme === "viewing" || (theme !== "light" && system);
}

/** The library has dark colours of its own, behind a class. */
function followTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const html = document.documentElement;
  const apply = () => html.classList.toggle("dark-mode", isDark(html.dataset.theme, system.matches));
  system.addEventListener("change", apply);
  apply();
}

/** Name the menus that the library draws without a name, also those that it draws later. */
function nameMenus(root: HTMLElement): void {
  const name = () => {
    for (const menu of root.querySelectorAll("select:not([aria-label])"))
      menu.setAttribute("aria-label", "Choice");
  };
  new MutationObserver(name).observe(root, { childList: true, subtree: true });
  name();
}

followTheme();
for (const root of document.querySelectorAll<HTMLElement>("[data-api-docs]")) {
  if (typeof SwaggerUIBundle === "undefined") {
    root.textContent = "The page could not be loaded. Load it again to retry.";
    continue;
  }
  root.replaceChildren();
  nameMenus(root);
  SwaggerUIBundle({
    url: root.dataset.apiDocs,
    domNode: root,
    // Links within the buttons that open an operation are more than a screen reader can tell apart.
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    requestInterceptor: withToken,
    // The library would ask a validator on another machine.
    validatorUrl: null,
  });
}
