/**
 * The page of a reader of a study: one image, one question, one key; nothing on it, and nothing that it asks the
 * server for, tells where an image comes from or how an answer was judged. It is never ahead of the server: the next
 * image comes on screen when the answer before it is kept.
 */

import { newKey } from "../cells/acts";
import type { Keeper } from "../cells/saver";
import { ApiError } from "../shared/api";
import { inside, isTyping, need, setText } from "../shared/dom";
import { Buttons } from "./buttons";
import { Courier } from "./courier";
import { type Command, commandFor } from "./keys";
import { beginWords, breakWords, ELSEWHERE, PAUSED, Panel, TOO_SMALL, type Words } from "./panels";
import { isTooSmall, screenFacts } from "./screen";
import type { Server } from "./server";
import { Stage } from "./stage";
import { Stopwatch } from "./stopwatch";
import { Questions } from "./trial";
import type { Answer, Question, ReadingDocument, Trial } from "./types";
import { refusedWords, waitingWords } from "./words";

const CONFIRM = "wbcweb.study.confirm";
/** A second key so soon after the one before belongs to that one: a finger that slipped (ms). */
export const GUARD_MS = 200;
const NOTHING_SAID = { answer: null, realism: null };

/** The image on screen with what was said of it so far. */
interface Open {
  trial: Trial;
  place: string;
  questions: Questions;
  watch: Stopwatch;
  since: number;
  done: (given: Given) => void;
}

/** What becomes of an image on screen: an answer, or another image first where the study lets readers go back. */
type Given = Answer | "back" | "keep";

/** Say which image this is, and nothing else of it. */
function placeOf({ part, position }: Trial, total: number): string {
  return `${part === "practice" ? "Practice image" : "Image"} ${position} of ${total}`;
}

export class StudyPage {
  readonly #root: HTMLElement;
  readonly #server: Server;
  readonly #courier: Courier;
  readonly #stage: Stage;
  readonly #buttons: Buttons;
  readonly #panel: Panel;
  readonly #work: HTMLElement;
  readonly #reason: HTMLTextAreaElement;
  #choices: ReadingDocument["classes"] = [];
  #open: Open | null = null;
  #paused = false;

  constructor(root: HTMLElement, server: Server, keeper: Keeper) {
    this.#root = root;
    this.#server = server;
    this.#work = need("[data-work]", HTMLElement, root);
    this.#reason = need("[data-reason]", HTMLTextAreaElement, root);
    this.#panel = new Panel(need("[data-panel]", HTMLElement, root));
    this.#buttons = new Buttons({
      class: need("[data-answers=class]", HTMLElement, root),
      realism: need("[data-answers=realism]", HTMLElement, root),
    });
    this.#stage = new Stage({
      root,
      frame: need("[data-frame]", HTMLElement, root),
      onWaiting: (why) => this.#waiting(this.#courier.waiting, why),
    });
    this.#courier = new Courier({
      send: (answer) => server.send(answer),
      keeper,
      onWaiting: (n, why) => this.#waiting(n, why),
    });
  }

  /** Go through the images until none is left. */
  async run(): Promise<void> {
    this.#bind();
    if (isTooSmall(window.screen.width, window.screen.height)) return this.#panel.show(TOO_SMALL);
    try {
      const refused = await this.#courier.takeUp();
      await this.#read(await this.#lookAfter(refused));
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** Say what the server refused; loading the page again asks it anew. */
  async #fail(error: unknown): Promise<void> {
    if (!(error instanceof ApiError)) throw error;
    this.#open = null;
    this.#stage.blank();
    await this.#panel.show({ title: "The reading cannot go on", text: error.message, go: "Try again" });
    window.location.reload();
  }

  async #read(first: ReadingDocument): Promise<void> {
    let document = first;
    this.#choices = document.classes;
    this.#buttons.draw(document.classes, {
      name: (answer) => this.#do({ do: "name", answer }),
      rate: (realism) => this.#do({ do: "rate", realism }),
    });
    this.#stage.size(document.side);
    let words: Words | null = document.next ? beginWords(document) : null;
    while (document.next) {
      this.#progress(document);
      if (words) {
        const { next } = document;
        this.#stage.prefetch(next.image);
        await this.#panel.show(words);
        document = await this.#patiently(() => this.#server.view(next, screenFacts()));
        if (!document.next) break;
        this.#progress(document);
      }
      const { next } = document;
      const given = await this.#ask(next, placeOf(next, document.total));
      if (given === "back" && next.back !== null) {
        document = await this.#goBack(next.back);
        words = null;
      } else if (typeof given === "string") {
        document = await this.#patiently(() => this.#server.look());
        words = beginWords(document);
      } else {
        const outcome = await this.#courier.send(given);
        if ("document" in outcome) {
          document = outcome.document;
          words = this.#stop(next, document);
        } else {
          document = await this.#lookAfter([outcome.refused]);
          words = beginWords(document);
        }
      }
    }
    this.#end(document);
  }

  /** Return an image that was read before, told as seen once more. */
  async #goBack(slot: number): Promise<ReadingDocument> {
    const document = await this.#patiently(() => this.#server.earlier(slot));
    const { next } = document;
    if (next) await this.#patiently(() => this.#server.view(next, screenFacts()));
    return document;
  }

  /** Return the words for a stop before the next image; null to go straight on. */
  #stop(before: Trial, { next, ...rest }: ReadingDocument): Words | null {
    if (!next) return null;
    const document = { next, ...rest };
    const another = next.part !== before.part || next.sitting !== before.sitting;
    if (another || next.slot !== before.slot + 1) return beginWords(document);
    return next.break_due ? breakWords(document) : null;
  }

  /** Return what is to be read now, once the person has seen which answers were not taken. */
  async #lookAfter(refused: readonly ApiError[]): Promise<ReadingDocument> {
    if (refused.length > 0) await this.#panel.show(refusedWords(refused));
    return this.#patiently(() => this.#server.look());
  }

  /** Show an image and wait for all its answers. */
  async #ask(trial: Trial, place: string): Promise<Given> {
    const blank = await this.#stage.show(trial.image, place);
    const questions = new Questions(trial.questions, this.#confirms);
    const watch = new Stopwatch(() => performance.now(), blank);
    this.#stage.prefetch(trial.prefetch);
    this.#reason.value = "";
    const answered = new Promise<Given>((done) => {
      this.#open = { trial, place, questions, watch, since: performance.now(), done };
    });
    if (document.hidden) watch.hidden(true);
    this.#draw();
    if (!this.#root.contains(document.activeElement) || document.activeElement === document.body)
      this.#work.focus({ preventScroll: true });
    return answered;
  }

  get #confirms(): boolean {
    return need("[data-confirm]", HTMLInputElement, this.#root).checked;
  }

  /** Do what a key or button asks; false for what has no use now. */
  #do(command: Command): boolean {
    if (command.do === "help") {
      need("[data-help]", HTMLDialogElement, this.#root).showModal();
      return true;
    }
    const open = this.#open;
    if (!open || this.#paused) return false;
    switch (command.do) {
      case "pause":
        this.#pauseFor(PAUSED);
        return true;
      case "reason":
        this.#reason.focus({ preventScroll: true });
        return true;
      case "back":
      case "keep":
        if ((command.do === "back" ? open.trial.back : open.trial.said) === null) return false;
        this.#clear(open.trial);
        open.done(command.do);
        return true;
      case "name":
      case "rate":
      case "confirm":
        return this.#answer(open, command);
    }
  }

  #answer(open: Open, command: Command): boolean {
    const { questions, watch } = open;
    if (performance.now() - open.since < GUARD_MS) return true;
    watch.touched();
    const before: Question | null = questions.open;
    if (command.do === "name" && !questions.name(command.answer)) return false;
    if (command.do === "rate" && !questions.rate(command.realism)) return false;
    if (command.do === "confirm" && !questions.confirm()) return false;
    if (questions.open !== before) {
      open.since = performance.now();
      if (before === "class") watch.classed();
    }
    if (questions.open === null) this.#close(open);
    else this.#draw();
    return true;
  }

  #close({ trial, questions, watch, done }: Open): void {
    const answer: Answer = {
      key: newKey(),
      slot: trial.slot,
      ...questions.said,
      reason: this.#reason.value.trim(),
      times: watch.times(questions.changes),
      screen: screenFacts(),
    };
    this.#clear(trial);
    done(answer);
  }

  /** Empty stage and answers between two images. */
  #clear(trial: Trial): void {
    this.#open = null;
    this.#stage.blank();
    this.#reason.value = "";
    this.#buttons.show(trial.questions, null, NOTHING_SAID);
  }

  #pauseFor(words: Words): void {
    this.#pause(words).catch((error: unknown) => this.#fail(error));
  }

  /** Take the image off the screen until the person goes on. */
  async #pause(words: Words): Promise<void> {
    const open = this.#open;
    if (!open || this.#paused) return;
    this.#paused = true;
    open.watch.pause();
    this.#stage.blank();
    this.#buttons.show(open.trial.questions, null, NOTHING_SAID);
    await this.#panel.show(words);
    // It may have been answered elsewhere meanwhile, or the study closed: then the page begins anew.
    const now = await this.#patiently(() => this.#server.view(open.trial, screenFacts()));
    if (now.next?.slot !== open.trial.slot) {
      window.location.reload();
      return;
    }
    await this.#stage.show(open.trial.image, open.place);
    this.#stage.prefetch(open.trial.prefetch);
    open.watch.resume();
    open.since = performance.now();
    this.#paused = false;
    this.#draw();
    this.#work.focus({ preventScroll: true });
  }

  /** Draw the question that is open. */
  #draw(): void {
    if (!this.#open) return;
    const { trial, place, questions } = this.#open;
    const { answer, realism } = questions.said;
    this.#buttons.show(trial.questions, questions.open, {
      answer: answer ?? trial.said?.answer ?? null,
      realism: realism ?? trial.said?.realism ?? null,
    });
    need("[data-do=back]", HTMLButtonElement, this.#root).hidden = trial.back === null;
    need("[data-do=keep]", HTMLButtonElement, this.#root).hidden = trial.said === null;
    const confirm = need("[data-do=confirm]", HTMLButtonElement, this.#root);
    confirm.hidden = !this.#confirms;
    confirm.disabled = !questions.toConfirm;
    const asked = this.#root.querySelector(`[data-question=${questions.open}] legend`)?.textContent ?? "";
    this.#say(`${place}. ${asked}`);
  }

  #progress({ next, total }: ReadingDocument): void {
    if (next) setText(need("[data-progress]", HTMLElement, this.#root), placeOf(next, total));
  }

  #end(document: ReadingDocument): void {
    this.#stage.blank();
    this.#say("The reading is finished.");
    setText(
      need("[data-progress]", HTMLElement, this.#root),
      `${document.total} of ${document.total} answered`,
    );
    const home = this.#root.dataset.home;
    if (home) window.location.assign(home);
    else
      void this.#panel.show({ title: "This is the end", text: "Nothing was saved: this was a rehearsal." });
  }

  /** Ask until there is an answer; what is refused for good is raised. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        const answer = await ask();
        this.#waiting(this.#courier.waiting, null);
        return answer;
      } catch (error) {
        if (!(error instanceof ApiError) || !error.temporary) throw error;
        this.#waiting(this.#courier.waiting, error);
        await new Promise((resolve) => setTimeout(resolve, Math.min(8_000, 500 * 2 ** failures)));
      }
    }
  }

  #waiting(n: number, why: ApiError | null): void {
    const notice = need("[data-waiting]", HTMLElement, this.#root);
    notice.hidden = why === null;
    if (why !== null) setText(need("[data-waiting-text]", HTMLElement, notice), waitingWords(n, why));
    need("[data-sign-in]", HTMLElement, notice).hidden = why?.status !== 401 && why?.status !== 404;
  }

  #say(words: string): void {
    setText(need("[data-live]", HTMLElement, this.#root), words);
  }

  #bind(): void {
    this.#root.addEventListener("keydown", (event) => this.#key(event));
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>("[data-do]"))
      button.addEventListener("click", () => this.#do({ do: button.dataset.do } as Command));
    this.#reason.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey || event.isComposing)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#work.focus({ preventScroll: true });
    });
    const confirm = need("[data-confirm]", HTMLInputElement, this.#root);
    confirm.checked = localStorage.getItem(CONFIRM) === "yes";
    confirm.addEventListener("change", () => localStorage.setItem(CONFIRM, confirm.checked ? "yes" : "no"));
    document.addEventListener("visibilitychange", () => {
      this.#open?.watch.hidden(document.hidden);
      if (!document.hidden) this.#retry();
    });
    window.addEventListener("blur", () => this.#open?.watch.blurred(true));
    window.addEventListener("focus", () => {
      this.#open?.watch.blurred(false);
      this.#retry();
    });
    window.addEventListener("online", () => this.#retry());
    // A page that comes back from the browser's memory may be long behind.
    window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
    this.#oneWindow();
  }

  #key(event: KeyboardEvent): void {
    if (isTyping(event.target) || event.isComposing || this.#panel.open) return;
    if (inside(event.target, "dialog")) return;
    // A button keeps its own keys.
    if ((event.key === " " || event.key === "Enter") && event.target instanceof HTMLButtonElement) return;
    const command = commandFor(event, this.#open?.questions.open ?? null, this.#choices);
    if (!command || !this.#do(command)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Two windows of one reading would ask for the same image twice: the one that was opened last goes on. */
  #oneWindow(): void {
    if (!this.#root.dataset.api) return;
    const name = `wbcweb.study.opened.${this.#root.dataset.api}`;
    addEventListener("storage", (event) => {
      if (event.key === name && event.newValue !== null) this.#pauseFor(ELSEWHERE);
    });
    // The other windows are told of both; nothing stays behind.
    localStorage.setItem(name, "opened");
    localStorage.removeItem(name);
  }

  #retry(): void {
    this.#courier.retryNow();
    this.#stage.retryNow();
  }
}
