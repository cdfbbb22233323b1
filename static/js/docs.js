// "Try it" on the API's page: fills in an example body, sends the request as the person who looks, shows the answer.
const page = document.querySelector("[data-api]");
let description;

document.addEventListener("toggle", showExample, true); // toggle does not bubble
document.addEventListener("submit", send);

async function showExample({ target }) {
  const form = target.querySelector?.("[data-try]");
  if (!target.open || !form?.elements.body || form.elements.body.value) return;
  const { paths } = (description ??= await fetch(page.dataset.api).then((answer) => answer.json()));
  const [verb, path] = form.dataset.try.split(" ");
  const { schema } = paths[path][verb.toLowerCase()].requestBody.content["application/json"];
  const required = new Set(schema.required ?? Object.keys(schema.properties));
  const fields = Object.entries(schema.properties).filter(([name]) => required.has(name));
  form.elements.body.value = JSON.stringify(Object.fromEntries(fields.map(([name, field]) => [name, example(field)])), null, 2);
}

function example(schema) {
  const { type, format, enum: values, items, minimum } = schema.oneOf?.[0] ?? schema.anyOf?.[0] ?? schema;
  if (values) return values[0];
  if (type === "number" || type === "integer") return minimum ?? 100;
  if (type === "array") return items ? [example(items)] : [];
  if (type === "boolean") return true;
  return { email: "you@example.com", date: new Date().toISOString().slice(0, 10) }[format] ?? "";
}

async function send(event) {
  const form = event.target.closest("[data-try]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    form.querySelector("output").replaceChildren(await answerOf(form));
  } catch {
    form.querySelector("output").textContent = "Could not reach GigFlow.";
  } finally {
    button.disabled = false;
  }
}

async function answerOf(form) {
  const [verb, template] = form.dataset.try.split(" ");
  const url = new URL(location.origin);
  let path = template;
  let files;
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (field.dataset.in === "form") (files ??= new FormData()).append(field.name, field.files?.[0] ?? field.value);
    else if (field.value) url.searchParams.set(field.name, field.value);
  }
  url.pathname = path;
  const body = files ?? form.elements.body?.value;
  const headers = body && !files ? { "Content-Type": "application/json" } : {};
  const started = performance.now();
  const answer = await fetch(url, { method: verb, headers, body: body || undefined });
  const text = await answer.text();
  const shown = document.createElement("pre");
  shown.className = "answer";
  shown.tabIndex = 0;
  shown.textContent = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - started)} ms\n\n${pretty(text)}`;
  return shown;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
