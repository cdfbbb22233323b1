// Who was last connected in this browser, and when: what happened until then is no longer news of this moment.
const HERE = "gigflow-here";

/** Forget who was here: nobody is signed in any longer, and who signs in next was away until then. */
export function forgetHere() {
  try {
    localStorage.removeItem(HERE);
  } catch {} // a browser that keeps nothing
}

/** When this person was last here; 0 if somebody else was, or nobody. */
export function lastHere(user) {
  try {
    const [who, when] = (localStorage.getItem(HERE) ?? "").split(" ");
    return who === user ? Number(when) : 0;
  } catch {
    return 0;
  }
}

/** This person is here now. */
export function noteHere(user) {
  try {
    localStorage.setItem(HERE, `${user} ${Date.now()}`);
  } catch {} // a browser that keeps nothing
}
