// Where a thread's days begin, if the account has no time zone: where they begin on this device. The server could only
// go by UTC.
const DAY = 86_400_000; // ms

/** Put the lines of days where they belong here. What stands right is left alone, so that nothing is read out again. */
export function splitDays(entries) {
  if (document.body.dataset.zone) return;
  let day = "";
  let lines = []; // of days, since the last entry
  let first; // what stands first behind that
  for (const row of [...entries.children]) {
    const time = row.querySelector("time");
    if (row.matches(".joined")) row.remove(); // what it hides is put right here
    else if (row.matches(".day")) lines.push(row);
    else if (row.matches(".new-line")) first ??= row;
    else if (time) {
      const here = dayOf(new Date(time.dateTime));
      const line = here === day ? undefined : (lines.shift() ?? newLine(first ?? row));
      if (line) name(line, time.dateTime);
      lines.forEach((each) => each.remove());
      [day, lines, first] = [here, [], undefined];
    }
  }
  lines.forEach((each) => each.remove());
}

const dayOf = (moment) => part({ dateStyle: "short" }, moment);
const part = (options, moment) => new Intl.DateTimeFormat("en-GB", options).format(moment);

function newLine(row) {
  const line = document.createElement("li");
  line.className = "day";
  line.append(document.createElement("time"));
  row.before(line);
  return line;
}

function name(line, dateTime) {
  const time = line.firstElementChild;
  const word = wordOf(new Date(dateTime));
  if (time.dateTime !== dateTime) time.dateTime = dateTime;
  if (time.textContent !== word) time.textContent = word;
}

// The same words as the server's.
function wordOf(moment) {
  const now = Date.now();
  if (dayOf(moment) === dayOf(new Date(now))) return "Today";
  if (dayOf(moment) === dayOf(new Date(now - DAY))) return "Yesterday";
  const isOld = moment.getFullYear() !== new Date(now).getFullYear();
  const date = part({ day: "numeric", month: "short", year: isOld ? "numeric" : undefined }, moment);
  return isOld ? date : `${part({ weekday: "short" }, moment)} ${date}`;
}
