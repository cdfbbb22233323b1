// Saved replies: one that is chosen in the dialog goes into the field where the cursor is. Without this it is a link to
// the same page with the reply in its field.

/** Let saved replies go into a field. Nothing that was typed is lost. */
export function startReplies(field) {
  document.addEventListener("click", (event) => {
    const reply = event.target.closest("dialog [data-reply]");
    if (!reply || event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
    event.preventDefault();
    const text = reply.parentElement.querySelector(".gig-text").textContent;
    reply.closest("dialog").close();
    field.focus();
    const at = field.selectionEnd;
    const isInWords = /\S$/.test(field.value.slice(0, at));
    field.setRangeText(isInWords ? ` ${text}` : text, at, at, "end");
    field.dispatchEvent(new Event("input", { bubbles: true })); // its draft, its counter
  });
}
