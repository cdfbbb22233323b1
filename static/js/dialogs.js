// The one dialog that HTMX fills, and those that are in the page.

/** Start opening and closing dialogs. The browser itself gives the focus back to whatever opened one. */
export function startDialogs() {
  const dialog = document.getElementById("dialog");
  const body = document.getElementById("dialog-body");

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.target === body && !dialog.open) dialog.showModal();
  });
  dialog.addEventListener("close", () => body.replaceChildren()); // its ids may come again

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();

    const closer = event.target.closest("dialog[open] [data-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
    // Browsers that do not know `closedby` yet: a click on the backdrop has the dialog itself as its target.
    if (event.target.matches("dialog[open]") && !("closedBy" in event.target)) event.target.close();
  });
}
