// The socket: what happened to this person (js/news.js), news of what the page watches, what other modules hear and say,
// and the banner.
import { forgetHere } from "./here.js";
import { toast } from "./toasts.js";

const BANNER_AFTER = 2000; // ms without a connection; a page change or a short gap is not worth a word
const BACK_FOR = 3000; // ms that "Back online" stays
const RETRY_REFUSED = 5000; // ms
const LEAVE_AFTER = 1500; // ms to read why
const ANSWERED_WITHIN = 10_000; // ms for what this page itself has asked for

const hearers = new Map(); // event → those who want to know of it
let socket;
let leavesBy = 0; // when a form of this page that signs out here, or deletes the account, should have been answered

const watched = () => [...document.querySelectorAll("[data-watch]")]; // each says what it is, its id, and the state that it showed
const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));

/** Call `hearer` with what each event of this name says. */
export function hear(event, hearer) {
  hearers.set(event, [...(hearers.get(event) ?? []), hearer]);
}

/** Say something to the server, if it can be heard now; what is not is not said later. */
export function say(event, data) {
  if (socket?.connected) socket.emit(event, data);
}

/** Connect if somebody is signed in or something is watched; otherwise the page needs no socket. */
export async function startRealtime() {
  const { user, transports, login } = document.body.dataset;
  if (!user) forgetHere();
  if (!user && !watched().length) return;
  const [{ io }, news] = await Promise.all([import("../vendor/socket.io.esm.min.js"), user && import("./news.js")]);
  const ways = { transports: transports.split(","), tryAllTransports: true }; // the first that gets through
  socket = io({ path: "/socket.io", ...ways, withCredentials: true });

  document.addEventListener("submit", ({ target }) => {
    if ("endsDrafts" in target.dataset) leavesBy = Date.now() + ANSWERED_WITHIN;
  });
  showConnection(socket);
  if (news) news.startNews(socket, user);
  let connectedBefore = false;
  socket.on("connect", () => {
    for (const { dataset } of watched()) socket.emit("watch", { [dataset.watch]: dataset.id });
    document.body.dataset.connected = "";
    if (connectedBefore) {
      tell("notification"); // there may have been news that nobody sends again
      tell("connection:back");
    }
    connectedBefore = true;
  });
  socket.onAny((event, told) => hearers.get(event)?.forEach((hearer) => hearer(told)));
  // How a thing stands comes as an event of its kind. Each part of the page that is older asks for itself again.
  socket.onAny((kind, told) => {
    const isOld = ({ dataset: { watch, id, stamp } }) => watch === kind && id === told.id && stamp !== told.stamp;
    for (const part of watched().filter(isOld)) part.dispatchEvent(new CustomEvent(`${kind}:changed`));
  });
  socket.on("signed_out", () => user && leave(socket, login)); // a visitor's page may have stale cookies
}

function leave(socket, login) {
  socket.disconnect();
  // Its own answer says more, and leads elsewhere.
  if (leavesBy > Date.now()) return setTimeout(() => leave(socket, login), leavesBy - Date.now());
  document.getElementById("main").inert = true; // nothing here would be accepted any longer
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  const url = `${login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  toast({ message: "You were signed out on this device.", url, icon: "log-out", sticky: true, urgent: true });
  setTimeout(() => location.assign(url), LEAVE_AFTER);
}

function showConnection(socket) {
  const offline = document.getElementById("offline");
  const online = document.getElementById("online");
  let timer;
  const lost = () => {
    timer ??= setTimeout(() => (offline.hidden = false), BANNER_AFTER);
  };
  socket.on("disconnect", (reason) => {
    delete document.body.dataset.connected;
    if (reason === "io client disconnect") return;
    lost();
    // Socket.IO does not come back by itself after the server closed the connection.
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 1000);
  });
  // The browser knows at once what the socket would notice by the next missing ping.
  addEventListener("offline", lost);
  addEventListener("online", () => socket.disconnect().connect());
  socket.on("connect_error", () => {
    lost();
    if (!socket.active) setTimeout(() => socket.connect(), RETRY_REFUSED);
  });
  socket.on("connect", () => {
    clearTimeout(timer);
    timer = undefined;
    if (offline.hidden) return;
    offline.hidden = true;
    online.hidden = false;
    setTimeout(() => (online.hidden = true), BACK_FOR);
  });
}
