// The outbox sends what was handed over (js/unsent.js), from any page of its person: in order, the next one of a
// conversation only after the one before was taken. A repeat is harmless, since each message carries its client id.
import { isInLog, showUnsent, tellElsewhere } from "./pending.js";
import { amend, forget, forgetOld, isStale, keep, owner, unsent, whenChanged } from "./unsent.js";
import "./leaving.js";

const ANSWERED_WITHIN = 20_000; // ms
const TURN_WITHIN = 30_000; // ms for the tab that is sending
const LONGEST_PAUSE = 30; // s
const REFUSALS = new Set([400, 403, 404, 409, 413, 415]); // sent again, it would be refused again

const lanes = new Map(); // conversation → { tries, timer, isBusy, note }
let isSignedOut = false; // or another person has signed in: then this page sends nothing

const laneOf = (talk) => lanes.get(talk) ?? lanes.set(talk, { tries: 0 }).get(talk);

/** Hand a message over. Raises an error if this browser keeps nothing more; then nothing was taken. */
export function handOver(talk, message) {
  keep(talk, message);
  refresh();
}

/** New messages stand in the log: what has arrived is sent, whatever became of the answer that should have said so. */
export function lookAtLog() {
  unsent().filter(isInLog).forEach(({ key }) => forget(key));
  refresh();
}

/** Whether a file that was sent is no longer there. */
export async function isGone(id) {
  const answer = await fetch(`/api/files/${id}`, { method: "HEAD" }).catch(() => null);
  return answer?.status === 404;
}

function start() {
  forgetOld();
  whenChanged(refresh);
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  document.addEventListener("resume", wake);
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  document.body.addEventListener("connection:back", wake);
  document.addEventListener("outbox:act", ({ detail: { what, message } }) => act(what, message));
  lookAtLog();
  tellElsewhere(unsent());
}

function refresh() {
  const waiting = unsent();
  showUnsent(waiting, lanes, isSignedOut);
  new Set(waiting.map(({ talk }) => talk)).forEach(sendAll);
}

// What kept messages back may be over: try at once.
function wake() {
  for (const lane of lanes.values()) {
    if (lane.notBefore > Date.now()) continue; // the server has said when
    clearTimeout(lane.timer);
    Object.assign(lane, { tries: 0, timer: undefined });
  }
  refresh();
}

function act(what, message) {
  const { key, talk } = message;
  if (what === "edit") tell("outbox:edit", message); // first into the field, so that it is always somewhere
  if (what === "send") amend(key, { agreedAt: Date.now() });
  else forget(key);
  laneOf(talk).note = "";
  refresh();
}

async function sendAll(talk) {
  const lane = laneOf(talk);
  if (lane.isBusy || lane.timer || isSignedOut) return;
  lane.isBusy = true;
  try {
    while (await inTurn(talk, () => sendFirst(talk, lane)));
  } catch {
    pause(lane); // the turn did not come, or this browser keeps nothing more
  }
  lane.isBusy = false;
  showUnsent(unsent(), lanes, isSignedOut);
  if (canGo(unsent(talk)[0])) sendAll(talk); // handed over in the last moment
}

const canGo = (message) => message && !message.stopped && !isStale(message);

// One sender for each conversation in all tabs, for as long as one request. Without locks (plain http) two tabs may send
// the same message, which is then there once all the same.
async function inTurn(talk, send) {
  if (!navigator.locks) return send();
  const signal = AbortSignal.timeout(TURN_WITHIN);
  return navigator.locks.request(`outbox:${owner}:${talk}`, { signal }, send);
}

// Returns whether the next one may be sent.
async function sendFirst(talk, lane) {
  const [message] = unsent(talk);
  if (!canGo(message)) return false;
  let response;
  try {
    response = await post(message);
  } catch {
    return pause(lane, "Waiting for a connection. It is sent by itself.");
  }
  if (isTaken(response)) {
    Object.assign(lane, { tries: 0, note: "" });
    forget(message.key);
    tell("outbox:sent", message);
    return true;
  }
  return refused(message, lane, response);
}

// What stands between, such as the page of a hotel where one signs in, may answer well, but not in JSON.
const isTaken = ({ ok, headers }) => ok && headers.get("Content-Type")?.startsWith("application/json");

const post = ({ send, about, text, fileIds, clientId }) =>
  fetch(send, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Viewer": owner },
    body: JSON.stringify({ ...about, text, fileIds, clientId }),
    signal: AbortSignal.timeout(ANSWERED_WITHIN),
  });

async function refused(message, lane, response) {
  const { message: said, error } = await response.json().catch(() => ({}));
  if (response.status === 401 || error?.code === "another_persons_form") {
    isSignedOut = true;
    tell("outbox:signed-out", message);
    return false;
  }
  const after = Number(response.headers.get("Retry-After")) || 0;
  if (!REFUSALS.has(response.status)) {
    return pause(lane, noteOf(response.status, error, said), after);
  }
  const reasons = Object.values(error?.fields ?? {}).flat().join(" ");
  const stopped = { stopped: reasons || said || "It was refused." };
  amend(message.key, error?.code === "file_gone" ? await withoutGone(message, stopped) : stopped);
  tellElsewhere(unsent(message.talk));
  return false;
}

// Why it waits. A limit of strangers says itself when it ends, which may be tomorrow.
function noteOf(status, error, said) {
  if (status !== 429) return "GigFlow does not answer. It is sent by itself.";
  return error?.code === "too_many_requests" ? "Too many messages at once. It is sent by itself in a moment." : said;
}

// Which of its files are still there, so that its person is told the others by name.
async function withoutGone({ fileIds, fileNames }, { stopped }) {
  const areGone = await Promise.all(fileIds.map(isGone));
  const isThere = (_, place) => !areGone[place];
  const gone = fileNames.filter((...each) => !isThere(...each));
  return {
    stopped: gone.length ? `No longer there: ${gone.join(", ")}. Please send it again.` : stopped,
    fileIds: fileIds.filter(isThere),
    fileNames: fileNames.filter(isThere),
  };
}

// Try again in 1, 2, 4 … 30 seconds, not all tabs at the same moment.
function pause(lane, note = "", least = 0) {
  const seconds = Math.max(least, Math.min(LONGEST_PAUSE, 2 ** lane.tries) * (0.75 + Math.random() / 2));
  lane.tries += 1;
  lane.note = note;
  lane.notBefore = Date.now() + least * 1000;
  lane.timer = setTimeout(() => {
    lane.timer = undefined;
    refresh();
  }, seconds * 1000);
  return false;
}

const tell = (name, message) => document.body.dispatchEvent(new CustomEvent(name, { detail: message }));

start();
