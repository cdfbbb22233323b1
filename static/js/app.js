// The one entry: each module listens on the document, so that what HTMX swaps in needs no wiring.
import { startAnswers } from "./answers.js";
import { startDialogs } from "./dialogs.js";
import { startDrafts } from "./drafts.js";
import { startForms } from "./forms.js";
import { startKeyboard } from "./keyboard.js";
import { startNotices } from "./notices.js";
import { startRealtime } from "./realtime.js";
import { startTimes } from "./times.js";

startAnswers();
startDialogs();
startDrafts();
startForms();
startKeyboard();
startNotices();
startTimes();
startRealtime();
