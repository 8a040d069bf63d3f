/** The way of every act of the slide page to the server, and the server's word on it. */

import { newKey, slideSender, stepSender } from "../cells/acts";
import { keeperFor } from "../cells/keeper";
import type { Names } from "../cells/labels";
import { SaveMark } from "../cells/savemark";
import { type Answer, Saver, type Step, type Wanted } from "../cells/saver";
import type { BoxStore } from "../cells/store";
import type { Box, CellThere, StepAnswer } from "../cells/types";
import { need } from "../shared/dom";

export interface SendingOptions {
  root: HTMLElement;
  slide: string;
  store: BoxStore;
  names: Names;
  onShow: (cell: string) => void;
  /** Boxes as other people left them, while the person has to choose. */
  onTheirs: (boxes: readonly Box[]) => void;
  onAnswer: (answer: Answer) => void;
  onNamed: (draft: string, id: string) => void;
  onStepped: (step: Step, answer: StepAnswer) => void;
  /** Refused for good; `cell` when it was about one. */
  onRefused: (message: string, cell: string | null) => void;
  onThere: (wanted: Wanted, there: CellThere) => void;
}

/** Return the saver of the page, with its mark and the cards of conflicts. */
export function makeSaver(options: SendingOptions): Saver {
  const { root, slide, store } = options;
  const mark = new SaveMark({
    mark: need("[data-saved]", HTMLElement, root),
    conflicts: need("[data-conflicts]", HTMLElement, root),
    names: options.names,
    store,
    onChoose: (cell, whose) => saver.choose(cell, whose, newKey(), Date.now()),
    onShow: options.onShow,
  });
  const saver = new Saver({
    store,
    send: slideSender(slide),
    sendStep: stepSender(`slides/${slide}`),
    keeper: keeperFor(localStorage, `${root.dataset.user ?? ""}.${slide}`, newKey()),
    onState: (state) => {
      mark.show(state);
      options.onTheirs(state.conflicts.flatMap((conflict) => (conflict.theirs ? [conflict.theirs] : [])));
    },
    onAnswer: options.onAnswer,
    onNamed: options.onNamed,
    onStepped: options.onStepped,
    onStepRefused: (_, message) => options.onRefused(message, null),
    onThere: options.onThere,
    onRefused: (act, message) => options.onRefused(`Not saved: ${message}`, act.cell),
  });
  return saver;
}
