// The one entry: each module listens on the document, so that what HTMX swaps in needs no wiring.
import { startAnswers } from "./answers.js";
import { startDialogs } from "./dialogs.js";
import { startDrafts } from "./drafts.js";
import { startFilters } from "./filters.js";
import { startForms } from "./forms.js";
import { startKeyboard } from "./keyboard.js";
import { startNotices } from "./notices.js";
import { startPictures } from "./pictures.js";
import { startRealtime } from "./realtime.js";
import { startSkills } from "./skills.js";
import { startTimes } from "./times.js";
import { startZones } from "./zones.js";

startAnswers();
startDialogs();
startDrafts();
startFilters();
startForms();
startKeyboard();
startNotices();
startPictures();
startSkills();
startTimes();
startZones();
startRealtime();
