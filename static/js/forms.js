// Small help for forms: no sending twice, a password one can look at.

const AGAIN_AFTER = 10_000; // ms

/** Start helping forms. */
export function startForms() {
  document.addEventListener("submit", refuseSecondSend);
  document.addEventListener("click", revealPassword);
  document.addEventListener("input", ({ target }) => target.form?.querySelector(".saved")?.remove()); // no longer true
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // back from the browser's memory, with its buttons as they were when it left
    document.querySelectorAll("form button:disabled").forEach((button) => (button.disabled = false));
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
}

// HTMX disables the buttons of its own forms; this is for the plain ones.
function refuseSecondSend(event) {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if ("sent" in event.target.dataset) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "";
  // A browser tells nobody that its Stop was pressed.
  setTimeout(() => delete event.target.dataset.sent, AGAIN_AFTER);
}

function revealPassword({ target }) {
  const button = target.closest("[data-reveal]");
  if (!button) return;
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}
