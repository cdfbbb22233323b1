// Pictures: one that is too large is refused before it is sent; a portrait is sent as soon as it is chosen.

/** Start looking at the files that are chosen. */
export function startPictures() {
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
}
