// Suggestions below a field of skills: for the word that is being typed, or those in use most. Choosing one completes
// the field's list.
const fieldOf = (area) => document.getElementById(area.dataset.suggests);
const areaOf = (field) => document.querySelector(`[data-suggests="${field.id}"]`);
const wordsIn = (field) => field.value.split(",").map((word) => word.trim());

/** Start suggesting skills, also in forms that HTMX brings later. */
function start() {
  document.addEventListener("input", ({ target, isComposing }) => {
    if (!isComposing) areaOf(target)?.dispatchEvent(new CustomEvent("skills:asked"));
  });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.matches("[data-suggests]")) ctx.request.body.set("q", wordsIn(fieldOf(ctx.sourceElement)).pop());
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.target.matches("[data-suggests]")) hideChosen(ctx.target);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-skill]");
    if (button) choose(button.closest("[data-suggests]"), button.dataset.skill);
  });
}

function hideChosen(area) {
  const chosen = new Set(wordsIn(fieldOf(area)).map((word) => word.toLowerCase()));
  for (const button of area.querySelectorAll("[data-skill]")) {
    button.parentElement.hidden = chosen.has(button.dataset.skill.toLowerCase());
  }
}

function choose(area, skill) {
  const field = fieldOf(area);
  const finished = wordsIn(field).slice(0, -1).filter(Boolean); // the last one is what was being typed
  field.value = `${[...finished, skill].join(", ")}, `;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true })); // for the draft, and for the next suggestions
  area.nextElementSibling.textContent = `${skill} added`;
}

start();
