// The choices of notifications: a box for a whole group ticks its boxes, and shows if all or some of them are ticked. A
// select for all e-mails of a group, or of every group, sets theirs at once.
const boxesOf = (all) => [...all.closest("[data-group]").querySelectorAll(`input[name="${all.dataset.all}"]`)];

function show(all) {
  const ticked = boxesOf(all).filter(({ checked }) => checked).length;
  all.checked = ticked === boxesOf(all).length;
  all.indeterminate = ticked > 0 && !all.checked;
}

const showAll = () => document.querySelectorAll("#choices [data-all]").forEach(show);

function setEmails(all) {
  const [, way] = all.value.split(":");
  if (!way) return;
  const group = all.closest("[data-group]") ?? all.form;
  for (const select of group.querySelectorAll('select[name="email"]')) {
    select.value = [...select.options].find(({ value }) => value.endsWith(`:${way}`)).value;
  }
  all.value = ""; // it has done what it says
}

document.addEventListener("change", ({ target }) => {
  if (!target.closest("#choices")) return;
  if (target.dataset.all) for (const box of boxesOf(target)) box.checked = target.checked;
  if ("allEmail" in target.dataset) setEmails(target);
  showAll();
});
document.addEventListener("htmx:after:swap", showAll);
addEventListener("pageshow", showAll); // a browser may have kept what was ticked before
showAll();
