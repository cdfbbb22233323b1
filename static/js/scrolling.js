// Where a thread stands: it follows what comes only if its reader is at the end, and older messages move nothing.
const NEAR = 80; // px

let log, end, button, anchor;
let follows = true;
let count = 0; // new ones that are not on the screen yet
let top = 0;

/** Start following a log. */
export function startScrolling(theLog) {
  log = theLog;
  end = document.getElementById("end");
  button = document.getElementById("to-end");
  document.addEventListener("scroll", moved, { capture: true, passive: true });
  button.addEventListener("click", () => {
    toEnd();
    document.querySelector("#composer textarea")?.focus();
  });
  // Pictures come later than their rows, and so does the keyboard of a phone.
  const grown = new ResizeObserver(() => follows && jump());
  grown.observe(document.getElementById("entries"));
  grown.observe(log);
}

/** Open it at the first unread message, else at its end. */
export function openAtUnread() {
  const first = document.getElementById("first-unread");
  if (!first) return location.hash.startsWith("#m") || toEnd();
  if (isInner()) log.scrollTop += first.getBoundingClientRect().top - log.getBoundingClientRect().top;
  else if (isAlone()) first.scrollIntoView({ block: "start" });
  moved();
}

/** Go to the end, and follow from there. */
export function toEnd() {
  follows = true;
  jump();
  say(0);
}

/** This many messages of the other are about to come. */
export function noteNew(added) {
  if (!follows) say(count + added);
}

/** Something has come: go with it, if its reader was at the end. */
export function follow() {
  if (follows) jump();
}

/** Older messages are about to come above: what is read stays where it is, and nobody is read the history. */
export function keepPlace() {
  const scroller = isInner() ? log : document.scrollingElement;
  anchor = { scroller, below: scroller.scrollHeight - scroller.scrollTop };
  scroller.style.overflowAnchor = "none";
  log.setAttribute("aria-live", "off");
}

/** Older messages have come. */
export function restorePlace() {
  const { scroller, below } = anchor;
  scroller.scrollTop = scroller.scrollHeight - below;
  setTimeout(() => {
    scroller.style.overflowAnchor = "";
    log.setAttribute("aria-live", "polite");
  }, 100);
}

const isInner = () => getComputedStyle(log).overflowY !== "visible";
const isAlone = () => location.pathname.startsWith("/messages/"); // the page scrolls for this thread only

function jump() {
  if (isInner()) log.scrollTop = log.scrollHeight;
  else if (isAlone()) (document.getElementById("composer") ?? end).scrollIntoView({ block: "end" });
}

function moved() {
  const bottom = isInner() ? log.getBoundingClientRect().bottom : innerHeight;
  const before = top;
  top = end.getBoundingClientRect().top;
  follows = top - bottom <= NEAR;
  if (follows) say(0);
  else if (top > before) askForOlder(); // scrolled up
}

function askForOlder() {
  const link = document.querySelector("#older a");
  const edge = isInner() ? log.getBoundingClientRect().top : 0;
  if (link && link.getBoundingClientRect().bottom > edge - NEAR) link.click();
}

function say(now) {
  count = now;
  button.hidden = !count;
  button.textContent = count ? `${count} new ↓` : "";
}
