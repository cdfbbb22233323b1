// What HTMX does not decide: progress, answers that must not be swapped in, and requests that never arrived.
import { toast } from "./toasts.js";

// A refresh is caused by an event of ours (realtime.js), everything else by a person.
const isRefresh = (ctx) => ctx.sourceEvent instanceof CustomEvent;

/** Start showing progress and failures of every HTMX request. */
export function startAnswers() {
  const running = new Set();
  const showProgress = () => document.documentElement.classList.toggle("busy", running.size > 0);

  document.addEventListener("htmx:config:request", sayWhetherSeen);
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (isRefresh(ctx)) return;
    running.add(ctx);
    showProgress();
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    running.delete(ctx);
    showProgress();
  });
  document.addEventListener("htmx:after:request", dropFailedRefresh);
  document.addEventListener("htmx:before:swap", keepPageOnError);
  document.addEventListener("htmx:after:swap", landSomewhere);
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx || isRefresh(ctx)) return;
    const message = hasTyped(ctx.sourceElement)
      ? "Could not reach GigFlow. What you typed is still here."
      : "Could not reach GigFlow. Please try again.";
    toast({ message, icon: "wifi-off", urgent: true });
  });
}

const TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=file])";

function hasTyped(source) {
  const fields = source?.closest("form")?.querySelectorAll(TYPED) ?? [];
  return [...fields].some((field) => field.value !== field.defaultValue);
}

// What a page fetches behind another tab is looked at by nobody (web/visitors.py).
function sayWhetherSeen({ detail: { ctx } }) {
  if (document.hidden) ctx.request.headers["X-Unseen"] = "1";
}

// A refresh that nobody asked for changes nothing unless it went well: no error in its place, no jump to sign in.
function dropFailedRefresh(event) {
  const { ctx } = event.detail;
  if (isRefresh(ctx) && (ctx.response.status !== 200 || ctx.response.raw.redirected)) event.preventDefault();
}

// An error never replaces what somebody looks at or has typed: it appears on top of the dialog, or in a toast.
function keepPageOnError(event) {
  const { ctx, tasks } = event.detail;
  if (/^\s*<!doctype/i.test(ctx.text)) {
    // The answer was a redirect to a whole page: go there.
    event.preventDefault();
    location.assign(ctx.response.raw.url);
    return;
  }
  const error = tasks.map((task) => task.fragment.querySelector("#error")).find(Boolean);
  if (!error || ctx.target.id === "dialog-body") return;
  event.preventDefault();
  if (ctx.target.closest("dialog[open]")) {
    document.getElementById("error")?.remove();
    ctx.target.prepend(error);
  } else {
    toast({ message: error.textContent.trim().replace(/\s+/g, " "), icon: "circle-alert", urgent: true });
  }
}

// A form that was accepted is gone and its focus with it: put the focus on what came instead. A refused one has it, and
// the next refresh is not to put it there again.
function landSomewhere({ detail: { ctx } }) {
  document.querySelectorAll("[autofocus]").forEach((field) => field.removeAttribute("autofocus"));
  if (isRefresh(ctx) || document.activeElement !== document.body) return;
  document.querySelector("[data-land]")?.focus();
}
