// "Maya is typing…": said while one writes, shown while the other does.
import { hear, say } from "./realtime.js";

const SAID_EACH = 4000; // ms
const SHOWN_FOR = 6000; // ms

let saidAt = 0;
let timer;

/** Start saying and showing who is typing in a conversation. */
export function startTyping(thread, field) {
  const { talk, user, name } = thread.dataset;
  const line = document.getElementById("typing");
  const hide = () => (line.textContent = "");
  field?.addEventListener("input", () => {
    if (!field.value.trim() || document.activeElement !== field || Date.now() - saidAt < SAID_EACH) return;
    saidAt = Date.now();
    say("typing", { conversation: talk });
  });
  hear("typing", ({ conversationId, userId }) => {
    if (conversationId !== talk || userId === user) return;
    clearTimeout(timer);
    timer = setTimeout(hide, SHOWN_FOR);
    const words = `${name} is typing…`;
    if (line.textContent !== words) line.textContent = words; // said once to those who listen
  });
  hear("message", ({ conversationId, from }) => {
    if (conversationId === talk && from.id !== user) hide();
  });
}
