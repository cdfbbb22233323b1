// Times in the reader's zone (the account's, else the device's) and words that stay true while the page is open.
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]]; // seconds
const DAY = 86_400_000; // ms
const exact = formatIn(document.body.dataset.zone);

/** Start keeping every `<time data-ago>` fresh, also those that HTMX brings. */
export function startTimes() {
  const refresh = () => {
    document.querySelectorAll("time[data-ago]").forEach(rewrite);
    if (!document.body.dataset.zone) document.querySelectorAll("time[data-exact]").forEach(showHere);
    document.querySelectorAll("[data-there]").forEach(showThere);
  };
  refresh();
  document.addEventListener("htmx:after:swap", refresh);
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, 30_000);
}

/** Since when, in a sentence: "14:05", "yesterday", or a day of the last week. */
export function sinceWhen(iso) {
  const moment = new Date(iso);
  const day = (date) => said({ dateStyle: "short" }, date);
  if (day(moment) === day(new Date())) return said({ timeStyle: "short" }, moment);
  if (day(moment) === day(new Date(Date.now() - DAY))) return "yesterday";
  return said({ weekday: "long" }, moment);
}

const said = (options, date) => formatIn(document.body.dataset.zone, options).format(date);

function formatIn(timeZone, options = { dateStyle: "full", timeStyle: "short" }) {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
  } catch {
    return formatIn(undefined, options); // the browser's list of zones is older than the account's
  }
}

// "Fri 4 Dec, 18:00" (with the year if it is another one; or "4 Dec 2026, 18:00") in the device's zone, if the account
// has none and the server could only say UTC.
function showHere(element) {
  const moment = new Date(element.dateTime);
  if (element.dataset.exact === "time") return showClock(element, moment);
  const part = (options) => new Intl.DateTimeFormat("en-GB", options).format(moment).replace(",", "");
  const year = moment.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const shape = element.dataset.exact === "year" ? { year: "numeric" } : { weekday: "short", year };
  const day = part({ ...shape, day: "numeric", month: "short" });
  const text = `${day}, ${part({ hour: "2-digit", minute: "2-digit" })}`;
  if (element.textContent !== text) element.textContent = text;
}

// "18:00" alone, with its day in the title.
function showClock(element, moment) {
  const text = said({ hour: "2-digit", minute: "2-digit" }, moment);
  const title = exact.format(moment);
  if (element.title !== title) element.title = title;
  if (element.textContent !== text) element.textContent = text;
}

// How late it is for somebody else, by the offset of their clock; not if it says the same as this device's and the account
// has no zone, which the server could not know.
function showThere(element) {
  const now = new Date();
  const offset = Number(element.dataset.there); // minutes
  element.hidden = !document.body.dataset.zone && offset === -now.getTimezoneOffset();
  const time = element.querySelector("time");
  time.dateTime = now.toISOString();
  const clock = new Date(now.getTime() + offset * 60_000).toISOString().slice(11, 16);
  if (time.textContent !== clock) time.textContent = clock;
}

function rewrite(element) {
  const moment = new Date(element.dateTime);
  const text = ago((Date.now() - moment) / 1000);
  const title = exact.format(moment);
  if (element.title !== title) element.title = title;
  if (element.textContent !== text) element.textContent = text;
}

// The same words as the server's `ago`, so that nothing changes when this takes over.
function ago(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? [];
  if (!unit) return "just now";
  const count = Math.floor(seconds / size);
  if (unit === "day" && count === 1) return "yesterday";
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}
