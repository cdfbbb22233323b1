// What is not sent yet, as its person sees it: under the log of its conversation, and elsewhere in a toast if it needs them.
import { sinceWhen } from "./times.js";
import { toast } from "./toasts.js";
import { isStale } from "./unsent.js";

const SHOWN_AFTER = 300; // ms; most are sent by then
const told = new Set(); // conversations, on this page

const talkHere = () => document.getElementById("talk")?.dataset.talk;
const needsAnswer = (message) => message.stopped || isStale(message);

/** Whether a message stands in the log of this page. */
export const isInLog = ({ clientId }) =>
  Boolean(document.querySelector(`#entries .own[data-client-id="${CSS.escape(clientId)}"]`));

/** Show what is not sent yet of the conversation on this page. */
export function showUnsent(messages, lanes, isSignedOut) {
  const list = document.getElementById("outbox");
  if (!list) return;
  const here = messages.filter(({ talk }) => talk === talkHere());
  const keys = new Set(here.map(({ key }) => key));
  for (const line of [...list.children]) {
    const { key, sent, clientId } = line.dataset;
    // What was sent stays until it stands in the log.
    if (!keys.has(key) && (sent === undefined || isInLog({ clientId }))) line.remove();
  }
  const note = lanes.get(talkHere())?.note;
  here.forEach((message, place) => {
    const line = [...list.children].find(({ dataset }) => dataset.key === message.key) ?? addLine(list, message);
    say(line, message, { note, isSignedOut, isBehind: here.slice(0, place).some(needsAnswer) });
  });
}

/** Tell on other pages that a message waits for its person. */
export function tellElsewhere(messages) {
  for (const { talk, page } of messages.filter(needsAnswer)) {
    if (talk === talkHere() || told.has(talk)) continue;
    told.add(talk);
    toast({ message: "A message of yours has not been sent.", url: page, icon: "circle-alert", sticky: true });
  }
}

document.body.addEventListener("outbox:sent", ({ detail: { key } }) => {
  const line = document.querySelector(`#outbox [data-key="${CSS.escape(key)}"]`);
  if (line) line.dataset.sent = "";
});

document.body.addEventListener("outbox:signed-out", () =>
  toast({ message: "Sign in to send your message.", url: signIn(), icon: "log-out", sticky: true, urgent: true }),
);

const signIn = () =>
  `${document.body.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;

function addLine(list, { key, clientId, text, fileNames = [] }) {
  const line = document.createElement("li");
  line.className = "said own unsent";
  Object.assign(line.dataset, { key, clientId });
  line.hidden = true;
  setTimeout(() => (line.hidden = false), SHOWN_AFTER);
  const words = part("p", text || fileNames.join(", "), "words");
  words.dir = "auto";
  line.append(words, part("div", "", "said-foot"));
  list.append(line);
  return line;
}

// The foot of a line says why it is still there, and what can be done.
function say(line, message, state) {
  const [words, ...acts] = sentence(message, state);
  const foot = line.lastElementChild;
  if (foot.dataset.says === words) return; // nothing new, and the focus stays
  foot.dataset.says = words;
  const said = part("p", words);
  if (message.stopped) said.setAttribute("role", "alert");
  foot.replaceChildren(said, ...acts.map(([what, word]) => button(what, word, message)));
  if (state.isSignedOut) foot.append(Object.assign(part("a", "Sign in"), { href: signIn() }));
}

const EDIT = ["edit", "Edit"];
const DISCARD = ["discard", "Discard"];

function sentence(message, { note, isSignedOut, isBehind }) {
  const ways = document.getElementById("composer") ? [EDIT, DISCARD] : [DISCARD];
  if (message.stopped) return [`Not sent. ${message.stopped}`, ...ways];
  if (isStale(message)) return [`${whenWritten(message.at)} Send it now?`, ["send", "Send"], ...ways];
  if (isSignedOut) return ["You are signed out."];
  if (isBehind) return ["Waits for the message above."];
  return [note || "Sending…"];
}

function whenWritten(at) {
  const since = sinceWhen(new Date(at).toISOString());
  return since === "yesterday" ? "You wrote this yesterday." : `You wrote this on ${since}.`;
}

function button(what, word, message) {
  const made = Object.assign(part("button", word, "change"), { type: "button" });
  made.addEventListener("click", () => document.dispatchEvent(new CustomEvent("outbox:act", { detail: { what, message } })));
  return made;
}

const part = (tag, textContent, className = "") => Object.assign(document.createElement(tag), { textContent, className });
