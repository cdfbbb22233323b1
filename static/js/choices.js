// The choices of notifications: a box for a whole group ticks its boxes, and shows if all or some of them are ticked.
const boxesOf = (all) => [...all.closest("[data-group]").querySelectorAll(`input[name="${all.dataset.all}"]`)];

function show(all) {
  const ticked = boxesOf(all).filter(({ checked }) => checked).length;
  all.checked = ticked === boxesOf(all).length;
  all.indeterminate = ticked > 0 && !all.checked;
}

const showAll = () => document.querySelectorAll("#choices [data-all]").forEach(show);

document.addEventListener("change", ({ target }) => {
  if (!target.closest("#choices")) return;
  if (target.dataset.all) for (const box of boxesOf(target)) box.checked = target.checked;
  showAll();
});
document.addEventListener("htmx:after:swap", showAll);
addEventListener("pageshow", showAll); // a browser may have kept what was ticked before
showAll();
