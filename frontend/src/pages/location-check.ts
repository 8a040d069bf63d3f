/** Entry of the page of one drawn field of a cell-location check. */

import { type DrawnField, LocationCheckPage } from "../location/page";
import { need } from "../shared/dom";

const root = need("[data-page=location-check]", HTMLElement);
new LocationCheckPage(root, JSON.parse(root.dataset.field ?? "null") as DrawnField).start();
