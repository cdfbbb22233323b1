// Long forms keep what was typed through a reload, a lost connection and a sign-in in between: per person and
// form, on this device only. A draft ends when its form was accepted; all of a person's end when they sign out or
// delete their account, but not when they are signed out by something else.
const DAY = 86_400_000; // ms
const KEPT = 7 * DAY;
const PREFIX = "draft:";
const SENT = "sent"; // in this tab: the draft that a plain form was sent with (js/app.js asks for it)
const NEVER = new Set(["hidden", "password", "submit", "button", "file", "radio", "checkbox", "fieldset"]); // only what was typed

const known = new WeakSet();
const timers = new WeakMap();

const ownPrefix = () => `${PREFIX}${document.body.dataset.user ?? ""}:`;
const keyOf = (form) => `${ownPrefix()}${form.dataset.draft}`;
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !NEVER.has(field.type));
const typedIn = (form) => Object.fromEntries(fieldsOf(form).map((field) => [field.name, field.value]));

/** Start keeping drafts of every form with `data-draft`, also of those that HTMX brings later. */
function start() {
  try {
    forgetOld();
    endSent();
  } catch {
    return; // storage is switched off
  }
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("form[data-draft]").forEach(restore));

  document.addEventListener("input", ({ target }) => {
    const form = target.form?.closest("form[data-draft]");
    if (!form) return;
    saveLater(form);
  });
  addEventListener("pagehide", () => document.querySelectorAll("form[data-draft]").forEach(saveWaiting));
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement; // the form itself: fields that only ask for suggestions are inside it
    const isPart = form?.matches?.("form[data-draft] button"); // as one that adds a picture: what is left is the draft
    if (isPart && accepted(ctx)) saveLater(form.form);
    if (!form?.matches?.("form") || !accepted(ctx)) return;
    if ("endsDrafts" in form.dataset) forgetAll();
    else if ("draft" in form.dataset) forget(form);
  });
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // A plain form's answer is the next page: what was sent is kept until that has come.
    if ("endsDrafts" in event.target.dataset) forgetAll();
    else if ("draft" in event.target.dataset) sessionStorage.setItem(SENT, keyOf(event.target));
  });
}

function accepted({ response, hx }) {
  const login = document.body.dataset.login;
  const next = new URL(hx.redirect ?? response.raw.url, location.href);
  return response.status < 400 && !(next.pathname === login && next.searchParams.has("next")); // who has to sign in comes back
}

// What was accepted leads on to another page; a refusal, an error or a lost connection does not. Nor does the way to
// sign in say that it was accepted.
function endSent() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  const [{ redirectCount } = {}] = performance.getEntriesByType("navigation");
  if (sent && redirectCount && location.pathname !== document.body.dataset.login) localStorage.removeItem(sent);
}

function saveLater(form) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(save, 300, form));
}

function save(form) {
  timers.delete(form);
  const values = typedIn(form);
  if (fieldsOf(form).every((field) => field.value === (field.dataset.served ?? ""))) localStorage.removeItem(keyOf(form));
  else keep(keyOf(form), JSON.stringify({ at: Date.now(), values }));
}

function keep(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {} // this browser keeps nothing more
}

function saveWaiting(form) {
  if (!timers.has(form)) return;
  clearTimeout(timers.get(form));
  save(form);
}

function forget(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  localStorage.removeItem(keyOf(form));
}

function forgetAll() {
  document.querySelectorAll("form[data-draft]").forEach(forget); // with what waits to be saved
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(ownPrefix())) localStorage.removeItem(key);
  }
}

function forgetOld() {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    if (Date.now() - JSON.parse(localStorage.getItem(key)).at > KEPT) localStorage.removeItem(key);
  }
}

function restore(form) {
  if (known.has(form)) return;
  known.add(form);
  for (const field of fieldsOf(form)) field.dataset.served = field.defaultValue ?? field.value;
  const isTyped = (field) => field.value !== field.dataset.served;
  if (fieldsOf(form).some(isTyped)) saveLater(form); // before this ran
  const draft = JSON.parse(localStorage.getItem(keyOf(form)));
  const refused = form.querySelector('[aria-invalid="true"], .alert'); // then the server shows what was typed
  if (!draft || refused) return;
  let changed = false;
  for (const field of fieldsOf(form)) {
    const typed = draft.values[field.name];
    if (typed === undefined || typed === field.value || isTyped(field)) continue;
    if (field.options && ![...field.options].some(({ value }) => value === typed)) continue; // no longer to be chosen
    field.value = typed;
    changed = true;
  }
  if (!changed) return;
  form.closest("details")?.setAttribute("open", "");
  form.prepend(restoredNote(form));
}

function restoredNote(form) {
  const note = document.createElement("p");
  note.className = "draft";
  const discard = document.createElement("button");
  discard.type = "button";
  discard.textContent = "Discard";
  discard.addEventListener("click", () => {
    forget(form);
    form.reset();
    note.remove();
    fieldsOf(form)[0]?.focus();
  });
  note.append("Draft restored", discard);
  return note;
}

start();
