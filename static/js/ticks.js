// Who is ticked in a list belongs to its search, and so stays through it (form="search"). Going on with them needs one.
const NAMES = ["invite", "to"];

function start() {
  document.addEventListener("click", goOn);
  document.addEventListener("change", ({ target }) => target.name === "to" && say(false));
}

function goOn(event) {
  const button = event.target.closest("[data-ticks]");
  if (!button) return;
  event.preventDefault(); // the form is a search's, which HTMX would answer
  const asked = new URL(button.formAction);
  const given = new FormData(button.form);
  for (const name of NAMES) for (const value of given.getAll(name)) asked.searchParams.append(name, value);
  const isNone = !asked.searchParams.has("to");
  say(isNone);
  if (!isNone) location.assign(asked);
}

function say(isNone) {
  document.getElementById("none-ticked").hidden = !isNone;
}

start();
