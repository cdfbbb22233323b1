// Notifications that were followed count as read.

/** Tell the server that these notifications were read; it arrives even while the page is being left. */
export function markRead(ids) {
  return fetch("/api/notifications/read", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ids }),
    keepalive: true,
  }).catch(() => {}); // lost on the way: then it stays unread and is shown again
}

/** Start marking the rows that are followed. */
function start() {
  const followed = ({ target }) => {
    const row = target.closest?.("[data-notice]");
    if (row) markRead([row.dataset.notice]);
  };
  document.addEventListener("click", followed);
  document.addEventListener("auxclick", followed);
}

start();
