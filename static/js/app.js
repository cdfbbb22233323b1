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
  "./chat.js": "[data-talk]",
  "./drafts.js": "[data-draft]",
  "./filters.js": 'form[role="search"]',
  "./pictures.js": "[data-most-bytes], [data-slide]",
  "./skills.js": "[data-suggests]",
  "./ticks.js": "[data-ticks]",
  "./zones.js": "[data-zone-here], [data-zone-offer]",
};

document.addEventListener("htmx:after:swap", () => {
  for (const [module, hook] of Object.entries(SOME)) if (document.querySelector(hook)) import(module);
});

try {
  if (sessionStorage.getItem("sent")) import("./drafts.js"); // the page before sent a form, and this one is its answer
} catch {} // storage is switched off

// Messages that are not sent yet go out from whatever page their person opens (js/outbox.js), or has open.
const { user } = document.body.dataset;
const isUnsent = (key) => user && key?.startsWith(`outbox:${user}:`);
try {
  if (Object.keys(localStorage).some(isUnsent)) import("./outbox.js");
} catch {} // as above
addEventListener("storage", ({ key, newValue }) => newValue && isUnsent(key) && import("./outbox.js"));
