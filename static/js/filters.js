// The filters of a list: the form is what is asked, its links fill it in, and the address says it without what is empty.
const FORM = 'form[role="search"]';
const TICKS = "to";

let isComposing = false; // whether an input method is putting letters together
let asking = null; // the field whose typing made the latest request
let typing = null; // the field whose typing is the current step
let isUnanswered = false; // whether the latest request never arrived

const isTyped = ({ type, target }) => type === "input" && !["radio", "checkbox", "select-one"].includes(target.type);

/** Start following links of filters and keeping the address right. */
function start() {
  document.addEventListener("click", follow);
  document.addEventListener("submit", ({ submitter }) => submitter?.closest("[popover]")?.hidePopover());
  document.addEventListener("htmx:config:request", tidy);
  document.addEventListener("compositionstart", () => (isComposing = true));
  document.addEventListener("compositionend", endComposing);
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => noteArrival(ctx, true));
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => noteArrival(ctx, false));
  addEventListener("online", askAgain);
  document.body.addEventListener("connection:back", askAgain);
  document.addEventListener("htmx:before:history:update", takeStep);
  followAddress();
}

// Back may be pressed while the page is on its way: then the address changes under it before HTMX listens.
function followAddress() {
  const [served] = performance.getEntriesByType("navigation"); // none if a browser tells no times
  const { pathname, search } = new URL(served?.name ?? location);
  const isElsewhere = pathname + search !== location.pathname + location.search;
  if (isElsewhere && history.state?.htmx && served.type !== "reload") location.reload();
  addEventListener("popstate", ({ state }) => state?.htmx && location.reload());
}

function follow(event) {
  const link = event.target.closest("a[data-filter]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const form = document.querySelector(FORM);
  fill(form, new URL(link.href).searchParams);
  form.requestSubmit();
}

// Several fields of one name take a value each. What is hidden, and who is ticked, belongs to no filter.
function fill(form, asked) {
  const values = new Map([...asked.keys()].map((name) => [name, asked.getAll(name)]));
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.name === TICKS) continue;
    const value = values.get(field.name)?.shift() ?? "";
    if (field.type === "radio") field.checked = field.value === value;
    else if (field.type === "checkbox") field.checked = asked.has(field.name);
    else field.value = value || (field.options?.[0].value ?? "");
  }
}

// What is empty or usual is not in the address.
function tidy(event) {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (!form.matches(FORM)) return;
  if (isComposing) {
    event.preventDefault();
    return;
  }
  const { body } = ctx.request;
  asking = isTyped(ctx.sourceEvent) ? ctx.sourceEvent.target : null;
  const { skills } = form.elements;
  const askedFor = skillsIn(new URLSearchParams(location.search).get("skills") ?? "");
  if (asking && skillsIn(skills.value) !== askedFor) {
    // Half a skill is none, whatever is typed: it is asked for when it ends, by a comma, by a suggestion or by Enter.
    const whole = skills.value.replace(/[^,]*$/, "");
    if (asking === skills && skillsIn(whole) === askedFor) {
      event.preventDefault();
      return;
    }
    body.set("skills", whole);
  }
  if (asking?.list && asking.value.trim() && !isListed(asking)) {
    event.preventDefault(); // half a name is none
    return;
  }
  for (const name of new Set(body.keys())) {
    const given = body.getAll(name).filter((each) => each.trim());
    const [value = ""] = given;
    const isUsual = name === "sort" && value === form.elements.sort.options[0].value;
    const isIdle = name === "sort" && value === "relevance" && !form.elements.q.value.trim();
    body.delete(name);
    if (!isUsual && !isIdle) for (const each of given) body.append(name, each);
  }
}

// What was put together is searched when it is whole: browsers differ in whether an `input` comes after the end.
function endComposing({ target }) {
  isComposing = false;
  target.dispatchEvent(new Event("input", { bubbles: true }));
}

function isListed({ list, value }) {
  return [...list.options].some((option) => option.value.toLowerCase() === value.trim().toLowerCase());
}

function skillsIn(text) {
  return text.split(",").map((skill) => skill.trim()).filter(Boolean).join();
}

function noteArrival(ctx, isThere) {
  if (ctx?.sourceElement?.matches(FORM)) isUnanswered = !isThere;
}

// What was asked while the connection was away is asked once it is back.
function askAgain() {
  if (isUnanswered) document.querySelector(FORM)?.requestSubmit();
}

// For the back button a choice is a step, and so is what was typed in a field, however many letters it has.
function takeStep({ detail: { history: step, sourceElement } }) {
  if (!sourceElement.matches(FORM)) return;
  const isSame = step.path === location.pathname + location.search;
  if (isSame || (asking && asking === typing)) step.type = "replace";
  typing = asking;
}

start();
