// Files of a message: each is sent as soon as it is chosen, dropped or pasted, and the message names what has arrived.
// That is kept beside the draft of its text, and ends with it (js/drafts.js).
import { isGone } from "./outbox.js";

const MB = 1_000_000;

/** Let files be attached to what a form sends. */
export function startAttached(form) {
  const list = document.getElementById("attached");
  const input = form.elements.files;
  const entries = new Map(); // line → { file, name, id, request }

  const arrived = () => [...entries.values()].filter(({ id }) => id);
  const keep = () => keepBesideDraft(form, arrived());
  const add = (files) => {
    for (const file of files) {
      const refusal = refusalOf(file, entries.size, form.dataset);
      const line = lineOf(file.name, () => remove(line));
      list.append(line);
      if (refusal) {
        say(line, refusal, true);
        line.dataset.refused = "";
      } else {
        entries.set(line, { file, name: file.name });
        send(line, entries.get(line), form.dataset.upload, keep);
      }
    }
  };
  const remove = (line) => {
    entries.get(line)?.request?.abort();
    entries.delete(line);
    line.remove();
    keep();
    input.focus();
  };
  const restore = (files) => {
    for (const { id, name } of files) {
      const line = lineOf(name, () => remove(line));
      entries.set(line, { id, name });
      list.append(line);
    }
  };
  // What was attached before this page was opened, or is in another tab.
  const follow = () => {
    const kept = keptBesideDraft(form);
    const isKept = ({ id }) => kept.some((each) => each.id === id);
    for (const [line, entry] of entries) {
      if (!entry.id || isKept(entry)) continue;
      entries.delete(line);
      line.remove();
    }
    const here = new Set(arrived().map(({ id }) => id));
    restore(kept.filter(({ id }) => !here.has(id)));
  };
  const dropGone = async () => {
    for (const [line, { id }] of entries) {
      if (!id || !(await isGone(id))) continue;
      entries.delete(line);
      line.dataset.refused = "";
      say(line, "No longer there. Please attach it again.", true);
      keep();
    }
  };

  follow();
  dropGone();
  addEventListener("storage", ({ key }) => key === keyOf(form) && follow());

  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // else the form would send them once more
  });
  const zone = form.closest("#talk");
  zone.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.add("drop");
  });
  zone.addEventListener("dragleave", ({ relatedTarget }) => zone.contains(relatedTarget) || zone.classList.remove("drop"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("drop");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  form.elements.text.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    add([...event.clipboardData.files]);
  });

  return {
    files: arrived,
    problem: () => problemOf([...entries.values()]),
    clear: () => {
      entries.clear();
      list.replaceChildren();
      keep();
    },
    restore: (ids = [], names = []) => {
      restore(ids.map((id, place) => ({ id, name: names[place] })));
      keep();
    },
    putBack: () => {
      const chosen = new DataTransfer();
      for (const { file } of entries.values()) if (file) chosen.items.add(file);
      input.files = chosen.files;
    },
  };
}

const keyOf = (form) => `draft:${document.body.dataset.user}:${form.dataset.draft}:files`;

function keepBesideDraft(form, entries) {
  const files = entries.map(({ id, name }) => ({ id, name }));
  if (!files.length) return localStorage.removeItem(keyOf(form));
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), files }));
  } catch {} // this browser keeps nothing more
}

const keptBesideDraft = (form) => JSON.parse(localStorage.getItem(keyOf(form)))?.files ?? [];

function problemOf(entries) {
  if (entries.some(({ request }) => request)) return "A file is still on its way. Send it in a moment.";
  if (entries.some(({ id }) => !id)) return "A file has not arrived. Try it again, or remove it.";
  return "";
}

function refusalOf(file, count, { mostFiles, largestFile }) {
  if (count >= Number(mostFiles)) return `At most ${mostFiles} files.`;
  if (file.size > Number(largestFile)) return `Larger than ${Math.floor(largestFile / MB)} MB.`;
  if (!file.size) return "This file is empty.";
  return navigator.onLine ? "" : "Attaching needs a connection.";
}

// Only XMLHttpRequest says how much has gone.
function send(line, entry, address, arrived) {
  const again = () => send(line, entry, address, arrived);
  const body = new FormData();
  body.append("file", entry.file, entry.name);
  const request = (entry.request = new XMLHttpRequest());
  const meter = line.querySelector("progress");
  meter.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => (meter.value = total ? loaded / total : 0));
  request.addEventListener("loadend", () => {
    entry.request = undefined;
    meter.hidden = true;
    const answer = answerOf(request);
    if (request.status !== 201) return line.isConnected && fail(line, reasonOf(request.status, answer), again);
    entry.id = answer.id;
    if (line.isConnected) arrived();
  });
  request.open("POST", address);
  request.setRequestHeader("X-Viewer", document.body.dataset.user);
  request.send(body);
}

function reasonOf(status, { message, error }) {
  if (status === 401) return "Sign in again to attach files.";
  const reasons = Object.values(error?.fields ?? {}).flat().join(" ");
  return reasons || message || "It has not arrived.";
}

function fail(line, reason, again) {
  say(line, reason, true);
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
  button.addEventListener("click", () => {
    say(line, "");
    button.remove();
    again();
  });
  line.lastElementChild.before(button);
}

function answerOf(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
}

function lineOf(name, remove) {
  const line = document.createElement("li");
  const words = Object.assign(document.createElement("bdi"), { textContent: name });
  const meter = Object.assign(document.createElement("progress"), { value: 0, hidden: true });
  meter.setAttribute("aria-label", `Sending ${name}`);
  const status = Object.assign(document.createElement("span"), { className: "file-says" });
  status.setAttribute("role", "status");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Remove" });
  button.setAttribute("aria-label", `Remove ${name}`);
  button.addEventListener("click", remove);
  line.append(words, meter, status, button);
  return line;
}

function say(line, words, isError = false) {
  const status = line.querySelector(".file-says");
  status.textContent = words;
  status.classList.toggle("error", isError);
}
