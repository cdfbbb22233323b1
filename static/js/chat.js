// A thread. The socket only rings: the page asks for what comes after the last number that it shows, so that order,
// doubles, lost events and sleeping tabs are one and the same case.
import { startComposer } from "./composer.js";
import { splitDays } from "./days.js";
import { lookAtLog } from "./outbox.js";
import { hear, say } from "./realtime.js";
import { startReplies } from "./replies.js";
import { follow, keepPlace, noteNew, openAtUnread, restorePlace, startScrolling, toEnd } from "./scrolling.js";
import { observeRows, startSeen } from "./seen.js";
import { startTyping } from "./typing.js";

const CHANGEABLE_EACH = 10_000; // ms

const thread = document.getElementById("talk");
const log = document.getElementById("log");
const entries = document.getElementById("entries");
const composer = document.getElementById("composer");
const { talk, user } = thread.dataset;

function start() {
  log.dataset.hxSync = "this:queue last";
  splitDays(entries);
  startScrolling(log);
  openAtUnread();
  startSeen(thread);
  startTyping(thread, composer?.elements.text);
  if (composer) startComposer(composer, talk, toEnd);
  if (composer) startReplies(composer.elements.text);
  lookAtLog();

  const concerns = ({ conversationId }) => conversationId === talk;
  hear("message", (told) => concerns(told) && ring());
  hear("read", (told) => concerns(told) && told.userId !== user && mark(told));
  hear("sync", ring);
  document.body.addEventListener("message:changed", () => {
    document.getElementById("dialog").close();
    ring();
  });
  document.body.addEventListener("outbox:sent", ({ detail }) => {
    if (detail.talk !== talk) return;
    begun();
    ring();
  });
  addEventListener("online", ring);
  addEventListener("pageshow", ({ persisted }) => persisted && ring());
  document.addEventListener("resume", ring);
  document.addEventListener("visibilitychange", () => document.hidden || ring());

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (thread.contains(ctx.sourceElement)) ctx.request.headers["X-Viewer"] = user;
  });
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement === log) ctx.request.action = newer(); // it may have waited behind another one
  });
  document.addEventListener("htmx:after:request", leaveIfAnothers);
  document.addEventListener("htmx:before:swap", dropKnown);
  document.addEventListener("htmx:after:swap", lookAtNew);
  document.addEventListener("keydown", editLast);
  setInterval(endChanging, CHANGEABLE_EACH);
}

const seq = () => Number(document.getElementById("heard").dataset.seq);
const newer = () => `/messages/${talk}/after?seq=${seq()}`;
const isNew = () => composer && "about" in composer.dataset; // nothing was said yet
const isOlder = ({ target }) => target?.id === "older";
const isLong = () => Boolean(document.getElementById("newer")); // what comes next is not on this page

/** Ask for what is new. */
function ring() {
  if (isNew() || isLong() || !globalThis.htmx) return;
  const event = new CustomEvent("ring"); // a refresh: nobody waits for it, and a failure changes nothing (js/answers.js)
  htmx.ajax("GET", newer(), { source: log, target: "#end", swap: "beforebegin", event });
}

// The first message was taken: from now on it is a conversation like any other.
function begun() {
  if (!isNew()) return;
  delete composer.dataset.about;
  composer.dataset.send = `/api/chat/${talk}`;
  composer.action = `/messages/${talk}`;
  if (location.pathname === "/messages/new") history.replaceState(null, "", `/messages/${talk}`);
  say("watch", { conversation: talk });
}

// The cookies are somebody else's by now: what this page shows is not theirs.
function leaveIfAnothers({ detail: { ctx } }) {
  if (ctx.sourceElement !== log) return;
  const { status, raw } = ctx.response;
  if (status === 409 || status === 404 || raw.redirected) location.reload();
}

function dropKnown(event) {
  const { ctx, tasks } = event.detail;
  if (event.defaultPrevented) return; // an error (js/answers.js)
  if (isOlder(ctx)) return keepPlace();
  if (ctx.sourceElement !== log) return;
  const main = tasks.find(({ type }) => type === "main");
  for (const row of main?.fragment.querySelectorAll("li[id]") ?? []) {
    if (document.getElementById(row.id)) row.remove();
  }
  noteNew(main?.fragment.querySelectorAll(".said.other").length ?? 0);
}

function lookAtNew({ detail: { ctx } }) {
  if (!isOlder(ctx) && ctx.sourceElement !== log) return;
  splitDays(entries);
  if (isOlder(ctx)) restorePlace();
  else follow();
  log.querySelector(".said") && log.querySelector(".nothing-said")?.remove();
  const { seen, delivered } = document.getElementById("heard").dataset;
  mark({ seen: Number(seen), delivered: Number(delivered) });
  observeRows();
  lookAtLog();
}

// How far the other has it.
function mark({ seen = 0, delivered = 0 }) {
  for (const row of log.querySelectorAll(".own[data-state]:not([data-state=seen])")) {
    const number = Number(row.dataset.seq);
    if (number <= seen) row.dataset.state = "seen";
    else if (number <= delivered) row.dataset.state = "delivered";
  }
}

function editLast(event) {
  const { target, key } = event;
  if (key !== "ArrowUp" || target !== composer?.elements.text || target.value || event.isComposing) return;
  const link = [...log.querySelectorAll(".own a.change")].at(-1);
  if (!link) return;
  event.preventDefault();
  link.click();
}

function endChanging() {
  for (const row of log.querySelectorAll("[data-until]")) {
    if (new Date(row.dataset.until) > Date.now()) continue;
    row.querySelectorAll(".change, .change-back").forEach((link) => link.remove());
    delete row.dataset.until;
  }
}

start();
