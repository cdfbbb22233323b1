// Runs before the first paint, so that a chosen theme never flashes in. A classic script: modules come too late.
(() => {
  const root = document.documentElement;
  const paper = { light: "#fbfaf6", dark: "#0c120e" };
  const systemColors = [...document.querySelectorAll('meta[name="theme-color"]')].map((meta) => [meta, meta.content]);

  function show(theme) {
    if (theme in paper) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const [meta, color] of systemColors) meta.content = paper[theme] ?? color;
  }

  function remembered() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage may be switched off; then the theme lasts for one page
    }
  }

  root.classList.add("js");
  show(remembered());

  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector(`input[name="theme"][value="${remembered() ?? "system"}"]`);
    if (choice) choice.checked = true;
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "theme") return;
    show(event.target.value);
    try {
      localStorage.setItem("theme", event.target.value);
    } catch {
      // as above
    }
  });
})();
