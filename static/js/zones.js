// The time zone that this device is in: sent when somebody joins, offered if their account has another.
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Start telling and offering it, also in forms that HTMX brings later. */
function start() {
  lookAround();
  document.addEventListener("htmx:after:swap", lookAround);
  document.addEventListener("click", ({ target }) => {
    const offer = target.closest("[data-zone-offer] button")?.parentElement;
    if (!offer) return;
    const select = selectOf(offer);
    select.value = HERE;
    select.form.requestSubmit();
  });
}

const selectOf = (offer) => document.getElementById(offer.dataset.zoneOffer);

function lookAround() {
  document.querySelectorAll("input[data-zone-here]").forEach((input) => (input.value = HERE));
  document.querySelectorAll("[data-zone-offer]").forEach((offer) => {
    const select = selectOf(offer);
    const isKnown = [...select.options].some((option) => option.value === HERE);
    offer.hidden = !isKnown || !select.value || select.value === HERE; // no choice means: wherever the device is
    offer.querySelector("button").textContent = `Use ${HERE}`;
  });
}

start();
