// What happened to this person: a toast for what happens now, one line for what happened while they were away.
import { lastHere, noteHere } from "./here.js";
import { markRead } from "./notices.js";
import { toast } from "./toasts.js";
import { sinceWhen } from "./times.js";

const BEAT = 10_000; // ms
const AWAY = 2 * 60_000; // ms without a connection: what happened by then is no longer news of this moment
const SINGLY = 3; // that many are toasts of their own after a short gap; more are one line
const READ_TOGETHER = 150; // ms in which what is read is told to the page once

const seen = new Set();
const shown = new Map(); // notification id → a function that takes its toast away
const readHere = new Set(); // ids that this page read by showing them: their toasts stay for their time
const missed = []; // since this browser was last connected

const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));

/** Show the news of `user` that come by this socket. */
export function startNews(socket, user) {
  let wasAway = false;
  let beat;
  socket.on("connect", () => {
    wasAway = Date.now() - lastHere(user) > AWAY;
    noteHere(user);
    clearInterval(beat);
    beat = setInterval(() => noteHere(user), BEAT);
  });
  socket.on("disconnect", () => clearInterval(beat));
  socket.on("notification", (notification) => {
    if (seen.has(notification.id)) return;
    seen.add(notification.id);
    if (notification.replayed) return missed.push(notification);
    tell("notification");
    receive(socket, notification);
  });
  socket.on("notification_read", ({ id }) => {
    seen.add(id); // one that is still on its way here is over
    if (!readHere.delete(id)) shown.get(id)?.(); // it was read on another screen
    document.querySelectorAll(`[data-notice="${CSS.escape(id)}"]`).forEach(noLongerNew);
    readLater();
  });
  // The last message of a replay. What was read while this page was on its way is not on its bell yet.
  socket.on("unread", ({ count }) => {
    const since = missed.splice(0).filter(({ own }) => !own);
    if (since.length && (wasAway || since.length > SINGLY)) showLine(socket, since);
    else since.forEach((notification) => receive(socket, notification));
    const bell = document.getElementById("bell");
    if (bell && Number(bell.dataset.count) !== count) tell("notification");
  });
}

// What matters is shown again on every page until somebody closes or follows it, in any tab. What one has done oneself
// comes back as nothing.
function receive(socket, { id, message, url, icon, tone, untilRead, own }) {
  const ack = () => socket.emit("ack", { ids: [id] });
  const read = () => {
    ack();
    markRead([id]);
  };
  if (own) return isHere(url) ? read() : ack();
  const options = { message, url, icon, tone, onFollowed: read };
  if (isHere(url)) {
    options.onShown = () => {
      readHere.add(id);
      read();
    };
  } else if (untilRead) Object.assign(options, { sticky: true, onClosed: read });
  else options.onShown = ack;
  shown.set(id, toast(options));
}

// If it is a single one, the line is its sentence and leads where it leads.
function showLine(socket, since) {
  const single = since.length === 1 && since[0];
  const ids = since.map(({ id }) => id);
  const message = single
    ? `While you were away: ${single.message}`
    : `${ids.length} new since ${sinceWhen(since[0].createdAt)}`;
  const ack = () => socket.emit("ack", { ids });
  const read = () => {
    ack();
    markRead(ids);
  };
  if (location.pathname === listOfNews()) return ack();
  if (!single) return toast({ message, url: listOfNews(), onShown: ack });
  if (isHere(single.url)) return read();
  shown.set(single.id, toast({ message, url: single.url, onShown: ack, onFollowed: read }));
}

// Whether somebody looks at the page that tells of it, or at a question of that page.
function isHere(url) {
  if (document.hidden || !document.hasFocus()) return false;
  const page = url.replace(/#.*/, "");
  const here = location.pathname.replace(/^(\/gigs\/[0-9a-f]{24})-[^/]*/, "$1"); // without the words of a title
  return here === page || here.startsWith(`${page}/`);
}

const listOfNews = () => document.getElementById("bell")?.getAttribute("href");

function noLongerNew(link) {
  const row = link.closest(".entry");
  row?.classList.remove("unread");
  row?.querySelector(".new")?.remove();
  delete link.dataset.notice;
}

let reading;
function readLater() {
  reading ??= setTimeout(() => {
    reading = undefined;
    tell("notification:read");
  }, READ_TOGETHER);
}
