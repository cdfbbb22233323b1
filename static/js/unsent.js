// What was handed over and is not sent yet, in this browser: one key for each message, written once and removed once, so
// that no tab overwrites what another one keeps. (One list for a conversation lost messages between tabs.)
const PREFIX = "outbox:";
const DAY = 86_400_000; // ms
const KEPT = 30 * DAY; // also what a person left here who never comes back to this browser

const user = document.body.dataset.user;
const OWN = `${PREFIX}${user}:`;

/** Whose messages these are. */
export const owner = user;

/** Keep a message of a conversation, behind those that are there. Raises an error if this browser keeps nothing more. */
export function keep(talk, message) {
  const { at: lastAt = 0, counter: last = -1 } = unsent(talk).at(-1) ?? {};
  const at = Math.max(Date.now(), lastAt); // a clock that was put back changes no order
  const counter = at === lastAt ? last + 1 : 0;
  const key = `${OWN}${talk}:${at}:${String(counter).padStart(4, "0")}:${newName()}`;
  localStorage.setItem(key, JSON.stringify(message));
  return key;
}

/** The messages of a conversation that are not sent yet, or those of all, in their order. */
export function unsent(talk = "") {
  const begin = talk ? `${OWN}${talk}:` : OWN;
  return keys().filter((key) => key.startsWith(begin)).sort().map(read).filter(Boolean);
}

/** Whether a message was written so long ago that it is sent only if somebody says so. */
export const isStale = ({ at, agreedAt = at }) => Date.now() - agreedAt > DAY;

/** A message is no longer to be sent: it was, or it was discarded. */
export const forget = (key) => localStorage.removeItem(key);

/** Note something at a message that is still there. */
export function amend(key, changes) {
  const text = localStorage.getItem(key);
  if (text) localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), ...changes }));
}

/** Call back when another tab keeps or removes one. */
export function whenChanged(call) {
  addEventListener("storage", ({ key }) => (key === null || key.startsWith(OWN)) && call());
}

/** Forget what has been kept for too long, of anybody. */
export function forgetOld() {
  for (const key of keys()) {
    if (key.startsWith(PREFIX) && Date.now() - partsOf(key).at > KEPT) forget(key);
  }
}

function keys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return []; // storage is switched off
  }
}

function read(key) {
  try {
    return { key, ...partsOf(key), ...JSON.parse(localStorage.getItem(key)) };
  } catch {
    return null; // written by something else
  }
}

function partsOf(key) {
  const [, , talk, at, counter, clientId] = key.split(":");
  return { talk, at: Number(at), counter: Number(counter), clientId };
}

// crypto.randomUUID is there on https only.
function newName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
