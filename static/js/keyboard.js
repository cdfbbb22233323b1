// Shortcuts: an element with `data-keys="g j"` is followed when those keys are pressed one after the other.
const PAUSE = 1000; // ms between the keys of one shortcut

const isTyping = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

// Who speaks to the computer, or whose hands shake, can switch single keys off (WCAG 2.1.4). This browser keeps it.
const KEPT = "keys-off";
let isOff = false;

function startSwitch() {
  const box = document.getElementById("keys-on");
  try {
    isOff = localStorage.getItem(KEPT) === "1";
  } catch {
    // storage is blocked: the choice lasts for this page
  }
  box.checked = !isOff;
  box.addEventListener("change", () => {
    isOff = !box.checked;
    try {
      if (isOff) localStorage.setItem(KEPT, "1");
      else localStorage.removeItem(KEPT);
    } catch {
      // as above
    }
  });
}

/** Start listening for shortcuts. */
export function startKeyboard() {
  startSwitch();
  let before = { key: "", at: 0 };
  if (location.hash === "#q") document.querySelector("[data-search]")?.focus();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]") || isOff) return;

    const both = event.timeStamp - before.at < PAUSE ? `${before.key} ${event.key}` : "";
    before = { key: event.key, at: event.timeStamp };
    if (event.key === "?") document.getElementById("keys").showModal();
    else if (event.key === "/") search();
    else if (!follow(both) && !follow(event.key)) return;
    event.preventDefault();
  });
}

function follow(keys) {
  const element = [...document.querySelectorAll("[data-keys]")].find(({ dataset }) => dataset.keys === keys);
  element?.click();
  return Boolean(element);
}

function search() {
  const field = document.querySelector("[data-search]");
  if (field) field.select();
  else location.assign(`${document.querySelector('[data-keys="g j"]').href}#q`);
}
