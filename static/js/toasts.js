// Toasts: at most four at once, two on a phone; the rest wait. They go by themselves, unless they matter or somebody is
// reading them. One place is always kept for those that go.
const shownAtOnce = () => (innerWidth < 704 ? 2 : 4); // px; the width from which there is no bottom bar
const STAY = 8000; // ms

const waiting = [];

// How much of the page's end they cover, for the styles, which make room for it there: a page ends between two pixels.
const covered = new ResizeObserver(([{ target }]) =>
  document.documentElement.style.setProperty("--toasts", `${Math.ceil(target.getBoundingClientRect().height) + 1}px`),
);

/**
 * Show a message. `url` makes it a link; `sticky` keeps it until it is closed or followed; `tone` is "good" or none;
 * `urgent` answers what somebody has just done, and does not wait; `onShown` is called when it is seen, `onFollowed` when
 * its link is, `onClosed` when it is closed. Returns a function that takes the toast away.
 */
export function toast(options) {
  const entry = { ...options, element: null };
  if (entry.urgent) {
    show(entry);
  } else {
    waiting.push(entry);
    showNext();
  }
  return () => remove(entry);
}

function showNext() {
  const region = document.getElementById("toasts");
  const hasPlace = ({ sticky }) =>
    region.childElementCount < shownAtOnce() &&
    (!sticky || region.querySelectorAll("[data-sticky]").length < shownAtOnce() - 1);
  for (let next; (next = waiting.findIndex(hasPlace)) >= 0; ) show(waiting.splice(next, 1)[0]);
}

function show(entry) {
  const region = document.getElementById("toasts");
  entry.element = build(entry);
  entry.element.toggleAttribute("data-sticky", Boolean(entry.sticky));
  region.append(entry.element);
  covered.observe(region);
  if (!entry.sticky) leaveLater(entry);
  entry.onShown?.();
}

function build(entry) {
  const element = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  if (entry.tone) element.classList.add(entry.tone);
  if (entry.icon) {
    const use = element.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${entry.icon}`));
  }
  const text = element.querySelector(".toast-text");
  if (entry.url) {
    const link = document.createElement("a");
    link.href = entry.url;
    link.textContent = entry.message;
    const followed = () => done(entry, entry.onFollowed);
    link.addEventListener("click", followed);
    link.addEventListener("auxclick", ({ button }) => button === 1 && followed());
    text.append(link);
  } else {
    text.textContent = entry.message;
  }
  element.querySelector("button").addEventListener("click", () => done(entry, entry.onClosed));
  return element;
}

function done(entry, how) {
  how?.();
  remove(entry);
}

function remove(entry) {
  const place = waiting.indexOf(entry);
  if (place >= 0) waiting.splice(place, 1);
  if (!entry.element) return;
  const hadFocus = entry.element.contains(document.activeElement);
  entry.element.remove();
  showNext();
  if (hadFocus) document.querySelector("#toasts button")?.focus();
}

function leaveLater(entry) {
  let timer;
  const start = () => (timer = setTimeout(leave, STAY));
  const leave = () => (document.querySelector("dialog[open]") ? start() : remove(entry)); // it is covered: not read yet
  const pause = () => clearTimeout(timer);
  entry.element.addEventListener("pointerenter", pause);
  entry.element.addEventListener("focusin", pause);
  entry.element.addEventListener("pointerleave", start);
  entry.element.addEventListener("focusout", start);
  start();
}
