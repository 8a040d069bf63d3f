/** Entry of pages that take files. */

import { UploadPanel } from "../upload/panel";

for (const root of document.querySelectorAll<HTMLElement>("[data-upload]")) new UploadPanel(root);
