// Where one writes: Enter, the counter, and handing over what was written to the outbox, which alone clears the field.
import { startAttached } from "./attached.js";
import { handOver } from "./outbox.js";

const COUNTED_FROM = 500; // characters before the end
const ENTER = "enter-sends";
const GONE = 229; // the key of an input method, in browsers that say no more

const isFine = matchMedia("(pointer: fine)").matches; // on a touch screen, Enter is a new line

/** Let a form hand over to the outbox. `toEnd` shows what was written last. */
export function startComposer(form, talk, toEnd) {
  if (!keepsAnything()) {
    form.classList.add("plain"); // it posts, with its files, as it does without a script
    return;
  }
  const field = form.elements.text;
  const box = document.getElementById("enter-sends");
  const attached = startAttached(form);
  startEnter(box);
  showCount(form);
  followOtherTabs(form, talk);

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === GONE) return;
    const isMeant = event.ctrlKey || event.metaKey || (box.checked && isFine && !event.shiftKey && !event.altKey);
    if (!isMeant) return;
    event.preventDefault();
    form.requestSubmit();
  });
  field.addEventListener("input", () => {
    sayError(form, "");
    showCount(form);
  });
  form.addEventListener("submit", (event) => {
    const text = field.value.trim();
    const problem = whatIsWrong(form, text, attached);
    if (problem !== undefined) {
      event.preventDefault();
      sayError(form, problem);
      field.focus();
      return;
    }
    try {
      handOver(talk, messageOf(form, text, attached.files()));
    } catch {
      attached.putBack(); // this browser keeps nothing more: the form posts by itself
      return;
    }
    event.preventDefault();
    attached.clear();
    put(field, "");
    toEnd();
  });
  document.body.addEventListener("outbox:edit", ({ detail: message }) => {
    if (message.talk !== talk) return;
    put(field, [message.text, field.value].filter((text) => text.trim()).join("\n\n"));
    attached.restore(message.fileIds, message.fileNames);
    field.focus();
  });
}

function messageOf(form, text, files) {
  const { send, about } = form.dataset;
  return {
    send,
    about: about ? JSON.parse(about) : undefined,
    page: location.pathname + location.search,
    text,
    fileIds: files.map(({ id }) => id),
    fileNames: files.map(({ name }) => name),
  };
}

// An empty text is no reproach: nothing was to be sent.
function whatIsWrong(form, text, attached) {
  const over = [...text].length - mostOf();
  if (over > 0) return `${over === 1 ? "1 character" : `${over.toLocaleString("en")} characters`} too many.`;
  if (attached.problem()) return attached.problem();
  return text || attached.files().length ? undefined : "";
}

const mostOf = () => Number(document.getElementById("count").dataset.most);

function put(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true })); // its draft, its counter
}

function showCount(form) {
  const left = mostOf() - [...form.elements.text.value].length;
  const words = left > COUNTED_FROM ? "" : left < 0 ? `${-left} too many` : `${left} left`;
  const count = document.getElementById("count");
  if (count.textContent !== words) count.textContent = words;
}

function sayError(form, words) {
  const field = form.elements.text;
  document.getElementById("message-text-error")?.remove();
  field.removeAttribute("aria-invalid");
  if (!words) return;
  const error = document.createElement("p");
  Object.assign(error, { id: "message-text-error", className: "error", textContent: words });
  error.setAttribute("role", "alert");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "count message-text-error");
  field.parentElement.after(error);
}

function startEnter(box) {
  box.closest("label").hidden = !isFine;
  const kept = localStorage.getItem(ENTER);
  box.checked = kept === null || kept === "1";
  box.addEventListener("change", () => localStorage.setItem(ENTER, box.checked ? "1" : "0"));
}

// What is typed in one tab stands in the others, and goes there, too, when it is sent.
function followOtherTabs(form, talk) {
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== `draft:${document.body.dataset.user}:${form.dataset.draft}`) return;
    const text = newValue ? (JSON.parse(newValue).values.text ?? "") : "";
    if (form.elements.text.value === text) return;
    form.elements.text.value = text;
    showCount(form);
  });
}

function keepsAnything() {
  try {
    localStorage.setItem("keeps", "1");
    localStorage.removeItem("keeps");
    return true;
  } catch {
    return false;
  }
}
