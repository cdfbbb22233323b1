// How far somebody has read: what stood on their screen for half a second, while they looked at this page.
import { hear } from "./realtime.js";

const LOOKED_FOR = 500; // ms
const SAID_EACH = 1000; // ms

const onScreen = new Map(); // row → since when it is looked at
const isLooking = () => !document.hidden && document.hasFocus();

let thread, observer;
let reached = 0; // the highest number that was looked at
let said = 0; // and that was told
let bookmark = 0; // as the server says it
let isHeld = false; // it was marked as unread, and stays so until its reader does something
let timer, sender;

/** Start noting what is looked at. */
export function startSeen(theThread) {
  thread = theThread;
  said = bookmark = Number(document.getElementById("log").dataset.read);
  observer = new IntersectionObserver(look, { threshold: [0, 0.25, 0.5, 0.75, 1] });
  observeRows();
  addEventListener("focus", begin);
  addEventListener("blur", () => onScreen.forEach((_, row) => onScreen.set(row, Infinity)));
  document.addEventListener("visibilitychange", begin);
  thread.addEventListener("input", begin);
  addEventListener("pagehide", () => tell(true));
  hear("read", ({ conversationId, userId, read }) => {
    if (conversationId !== thread.dataset.talk || userId !== thread.dataset.user || read === undefined) return;
    if (read < bookmark) {
      isHeld = true;
      reached = said = read;
    }
    bookmark = read;
  });
}

/** Look at the rows that have come since. */
export function observeRows() {
  thread.querySelectorAll(".said.other").forEach((row) => observer.observe(row));
}

// What is tall never fits: it counts if it fills half of the screen.
function look(changes) {
  for (const { target, isIntersecting, intersectionRatio, intersectionRect } of changes) {
    const isShown = isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2);
    if (!isShown) onScreen.delete(target);
    else if (!onScreen.has(target)) onScreen.set(target, isLooking() ? Date.now() : Infinity);
  }
  countLater();
}

// Somebody comes back to the page, or writes.
function begin() {
  isHeld = false;
  if (isLooking()) onScreen.forEach((since, row) => since === Infinity && onScreen.set(row, Date.now()));
  else onScreen.forEach((_, row) => onScreen.set(row, Infinity));
  countLater();
}

function countLater() {
  clearTimeout(timer);
  if (onScreen.size) timer = setTimeout(count, LOOKED_FOR);
}

function count() {
  if (isHeld || !isLooking()) return;
  const now = Date.now();
  let isEarly = false;
  for (const [row, since] of onScreen) {
    if (now - since >= LOOKED_FOR - 1) reached = Math.max(reached, Number(row.dataset.seq));
    else isEarly = true;
  }
  if (isEarly) countLater();
  sayLater();
}

function sayLater() {
  if (reached <= said || sender) return;
  tell(false);
  sender = setTimeout(() => {
    sender = undefined;
    sayLater();
  }, SAID_EACH);
}

function tell(keepalive) {
  if (reached <= said || isHeld) return;
  const { talk, user } = thread.dataset;
  const last = Number([...thread.querySelectorAll(".said.other")].at(-1)?.dataset.seq);
  said = reached;
  // Behind the last one of the other there is nothing to read: up to the last number that is known.
  const seq = last === reached ? Math.max(reached, Number(document.getElementById("heard").dataset.seq)) : reached;
  fetch(`/api/chat/${talk}/read`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Viewer": user },
    body: JSON.stringify({ seq }),
    keepalive,
  }).catch(() => (said = 0)); // lost on the way: said again with the next one
}
