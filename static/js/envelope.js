// Messages, on every page of somebody who is signed in: the number at the envelope and in the title, a toast for what
// comes while its conversation is not looked at, and the note that it has arrived.
import { hear, say } from "./realtime.js";
import { toast } from "./toasts.js";

const NOTED_EACH = 1000; // ms
const READ_WITHIN = 2000; // ms; what comes while it is looked at is no news for the envelope
const COUNTED = /^\(\d+\+?\) /;
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

const { user } = document.body.dataset;
const told = new Map(); // conversation → { count, close } of its toast
const arrived = new Map(); // conversation → the highest number, which the server is told soon

let later;
const envelope = () => document.getElementById("envelope");
const refresh = (event) => document.body.dispatchEvent(new CustomEvent(event)); // the envelope asks for itself again

/** Whether somebody looks at a conversation now. */
export const isLookedAt = (talk) =>
  document.getElementById("talk")?.dataset.talk === talk && !document.hidden && document.hasFocus();

function start() {
  showInTitle();
  document.addEventListener("htmx:after:swap", showInTitle);
  hear("message", ({ conversationId, message, from, muted }) => {
    if (from.id === user) return refresh("message:sent"); // here or elsewhere: what was waited for is written
    clearTimeout(later);
    if (isLookedAt(conversationId)) {
      later = setTimeout(refresh, READ_WITHIN, "message");
      return;
    }
    refresh("message");
    noteArrival(conversationId, message.seq);
    if (!muted) showToast(conversationId, from.name);
  });
  hear("read", ({ conversationId, userId }) => {
    if (userId !== user) return;
    clearTimeout(later);
    refresh("read");
    told.get(conversationId)?.close();
    told.delete(conversationId);
  });
  hear("sync", ({ unread }) => {
    if (Number(envelope()?.dataset.unread) !== unread) refresh("sync");
  });
}

function showInTitle() {
  const count = Number(envelope()?.dataset.unread ?? 0);
  const bare = document.title.replace(COUNTED, "");
  const title = count ? `(${count < 100 ? count : "99+"}) ${bare}` : bare;
  if (document.title !== title) document.title = title;
}

// One for each conversation, and never what was written: who stands behind its reader may read it, too.
function showToast(talk, name) {
  const before = told.get(talk);
  before?.close();
  const count = (before?.count ?? 0) + 1;
  const who = RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
  const message = count === 1 ? `${who} wrote to you` : `${who} wrote to you ${count} times`;
  told.set(talk, { count, close: toast({ message, url: `/messages/${talk}`, icon: "messages-square" }) });
}

// At most once a second for each conversation.
function noteArrival(talk, seq) {
  const isWaiting = arrived.has(talk);
  arrived.set(talk, seq);
  if (isWaiting) return;
  setTimeout(() => {
    say("delivered", { conversation: talk, seq: arrived.get(talk) });
    arrived.delete(talk);
  }, NOTED_EACH);
}

start();
