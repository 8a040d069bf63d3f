/** Entry of the page on which a reader says about screen and eyes: adds what the browser knows of the screen. */

import { need } from "../shared/dom";
import { isTooSmall, screenFacts } from "../study/screen";

const facts = need("[data-screen-facts]", HTMLInputElement);
facts.value = JSON.stringify(screenFacts());
need("[data-too-small]", HTMLElement).hidden = !isTooSmall(window.screen.width, window.screen.height);
