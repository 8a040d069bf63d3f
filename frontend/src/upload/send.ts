/** Sends one file with progress; fetch cannot tell how much was sent, so this is the one place with an XHR. */

import { ApiError, csrfToken, errorFrom } from "../shared/api";

const TRIES = 3;
const PAUSE_MS = 1_500;

function sendOnce(url: string, file: File, onPart: (part: number) => void): Promise<{ id: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onPart(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as { id: string });
      else reject(errorFrom(request.status, request.response));
    });
    for (const kind of ["error", "timeout", "abort"]) {
      request.addEventListener(kind, () =>
        reject(
          new ApiError(
            0,
            "offline",
            "The file could not be sent. The connection was lost or the file cannot be read.",
          ),
        ),
      );
    }
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

/** Send a file, again after a temporary failure; returns the server's id of it. Raises ApiError. */
export async function sendFile(url: string, file: File, onPart: (part: number) => void): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await sendOnce(url, file, onPart)).id;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.temporary || attempt >= TRIES) throw error;
      await new Promise((resolve) => window.setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}
