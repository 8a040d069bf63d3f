/**
 * Forms that a passkey fills in. A form says with `data-passkey` what is wanted (make, sign, sign-in), carries the
 * server's challenge in `data-challenge` (sign-in asks for one at `data-ask`), a button and a place for a message.
 */

import { getJson } from "../shared/api";
import { need } from "../shared/dom";
import { type Challenge, make, reasonOf, sign, work } from "../shared/passkeys";

interface Asked {
  request_options: Challenge;
}

async function challengeOf(form: HTMLFormElement): Promise<Challenge> {
  if (form.dataset.ask) return (await getJson<Asked>(form.dataset.ask)).request_options;
  return JSON.parse(form.dataset.challenge ?? "null") as Challenge;
}

async function act(form: HTMLFormElement, message: HTMLElement): Promise<void> {
  message.textContent = "";
  try {
    const challenge = await challengeOf(form);
    const answer = form.dataset.passkey === "make" ? await make(challenge) : await sign(challenge);
    if (!answer) return;
    need("input[name=credential]", HTMLInputElement, form).value = JSON.stringify(answer);
    form.submit();
  } catch (error) {
    message.textContent =
      error instanceof DOMException || !(error instanceof Error) ? reasonOf(error) : error.message;
  }
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (!work(location.hostname, isSecureContext)) continue;
  const button = need("button[data-passkey-button]", HTMLButtonElement, form);
  const message = need("[data-passkey-message]", HTMLElement, form);
  for (const part of form.querySelectorAll<HTMLElement>("[data-passkey-part]")) part.hidden = false;
  form.hidden = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await act(form, message);
    button.disabled = false;
  });
}
