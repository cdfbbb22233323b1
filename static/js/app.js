// The entry of every page: each module listens on the document, so that what HTMX swaps in needs no wiring. What only some
// pages need starts itself; a page names it by its markup (base.html), and what HTMX brings may need it later.
import { startAnswers } from "./answers.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startKeyboard } from "./keyboard.js";
import { startRealtime } from "./realtime.js";
import { startTimes } from "./times.js";

startAnswers();
startDialogs();
startForms();
startKeyboard();
startTimes();
startRealtime();

const SOME = {
  "./drafts.js": "[data-draft]",
  "./filters.js": 'form[role="search"]',
  "./pictures.js": "[data-most-bytes], [data-slide]",
  "./skills.js": "[data-suggests]",
  "./zones.js": "[data-zone-here], [data-zone-offer]",
};

document.addEventListener("htmx:after:swap", () => {
  for (const [module, hook] of Object.entries(SOME)) if (document.querySelector(hook)) import(module);
});

try {
  if (sessionStorage.getItem("sent")) import("./drafts.js"); // the page before sent a form, and this one is its answer
} catch {} // storage is switched off
