// Who signs out with something that is not sent yet is asked what becomes of it.
import { forget, unsent } from "./unsent.js";

const answered = new WeakSet();

document.addEventListener("submit", ask, { capture: true });

function ask(event) {
  const form = event.target;
  const count = unsent().length;
  if (!("endsDrafts" in form.dataset) || !count || answered.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const go = () => {
    answered.add(form);
    form.requestSubmit();
  };
  const [have, them] = count === 1 ? ["1 message has", "it"] : [`${count} messages have`, "them"];
  show(`${have} not been sent`, `You can keep ${them} on this device until you sign in again.`, [
    [`Keep ${them}`, "go", go],
    [`Discard ${them}`, "harm", () => (unsent().forEach(({ key }) => forget(key)), go())],
    ["Do not sign out", "", () => {}],
  ]);
}

function show(title, words, ways) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "dialog" });
  const heading = Object.assign(document.createElement("h2"), { id: "unsent-title", textContent: title });
  const said = Object.assign(document.createElement("p"), { textContent: words });
  const actions = Object.assign(document.createElement("div"), { className: "actions" });
  for (const [textContent, tone, then] of ways) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent });
    button.className = `button ${tone}`;
    button.addEventListener("click", () => (dialog.close(), then()));
    actions.append(button);
  }
  const body = Object.assign(document.createElement("div"), { className: "ask" });
  body.append(heading, said, actions);
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(body);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
