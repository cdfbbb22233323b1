// Pictures: one that is too large is refused before it is sent; a portrait is sent as soon as it is chosen; a gallery's
// small pictures bring the large ones in without moving the page.

/** Start looking at the files that are chosen, and at galleries. */
function start() {
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("input[data-most-bytes]") || !target.files.length) return;
    const isTooLarge = target.files[0].size > Number(target.dataset.mostBytes);
    const error = document.getElementById(`${target.id}-too-large`);
    error.hidden = !isTooLarge;
    document.getElementById(`${target.id}-error`)?.remove(); // it was about the file before
    document.getElementById(`${target.id}-lost`)?.remove();
    if (isTooLarge) {
      target.value = "";
      target.setAttribute("aria-invalid", "true");
      return;
    }
    target.removeAttribute("aria-invalid");
    if ("send" in target.dataset) target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-slide]");
    if (!link) return;
    event.preventDefault();
    document.querySelector(link.hash).scrollIntoView({ block: "nearest", inline: "start" });
  });
}

start();
