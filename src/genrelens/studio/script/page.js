/* Language, theme, tabs, classroom: they change the whole page at once, in the browser alone, and are remembered. */
(() => {
  "use strict";
  if (window.genrelensPage) return;
  window.genrelensPage = true;
  const root = document.documentElement;
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const asked = new URLSearchParams(location.search);

  const wanted = (asked.get("lang") || stored("genrelens-language") || navigator.language || "en").toLowerCase();
  let language = wanted.startsWith("zh") ? "zh" : "en";
  let theme = asked.get("__theme") || stored("genrelens-theme");

  function showLanguage() {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    for (const button of document.querySelectorAll("[data-language-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.languageChoice === language));
    }
  }

  /* Tabs: the address names the open one (#compare), so that it can be linked to and "back" works. */
  function showTab() {
    const names = [...document.querySelectorAll("[data-tab][role=tab]")].map((button) => button.dataset.tab);
    if (!names.length) return;
    const asked = location.hash.slice(1).split("/")[0];
    const open = names.includes(asked) ? asked : names[0];
    document.body.dataset.tab = open;
    for (const button of document.querySelectorAll("[data-tab][role=tab]")) {
      const chosen = button.dataset.tab === open;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(`tab-${button.dataset.tab}`);
      if (panel) { panel.setAttribute("role", "tabpanel"); panel.setAttribute("aria-labelledby", button.id); }
    }
    keepInView();
    document.dispatchEvent(new CustomEvent("genrelens:tab", { detail: open }));
  }
  window.addEventListener("hashchange", showTab);

  /* Where the row of tabs is wider than the screen, the chosen one stays in view, and faded ends say that there are more. */
  function keepInView() {
    const row = document.querySelector(".tabs");
    const chosen = row && row.querySelector('[aria-selected="true"]');
    if (!chosen) return;
    const beside = 2 * parseFloat(getComputedStyle(root).fontSize); // of the next tab
    const [start, end] = [chosen.offsetLeft - row.offsetLeft, chosen.offsetLeft - row.offsetLeft + chosen.offsetWidth];
    if (start - beside < row.scrollLeft) row.scrollLeft = start - beside;
    else if (end + beside > row.scrollLeft + row.clientWidth) row.scrollLeft = end + beside - row.clientWidth;
    showEnds();
  }
  function showEnds() {
    const row = document.querySelector(".tabs");
    if (!row) return;
    row.classList.toggle("more-before", row.scrollLeft > 1);
    row.classList.toggle("more-after", row.scrollLeft + row.clientWidth < row.scrollWidth - 1);
  }
  document.addEventListener("scroll", (event) => { if (event.target.matches && event.target.matches(".tabs")) showEnds(); }, true);
  for (const change of ["genrelens:language", "genrelens:classroom"]) document.addEventListener(change, keepInView);
  window.addEventListener("resize", keepInView);

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest && event.target.closest("[role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    const all = [...tab.parentElement.children];
    const at = { ArrowLeft: all.indexOf(tab) - 1, ArrowRight: all.indexOf(tab) + 1, Home: 0, End: -1 }[event.key];
    const next = all.at(at % all.length);
    next.focus({ preventScroll: true });
    next.click();
    event.preventDefault();
  });

  /* Classroom: large type and strong contrast for a projector. */
  let classroom = asked.get("classroom") === "1" || stored("genrelens-classroom") === "1";
  function showClassroom() {
    root.classList.toggle("classroom", classroom);
    for (const button of document.querySelectorAll("[data-classroom-toggle]")) {
      button.setAttribute("aria-pressed", String(classroom));
    }
  }

  function showTheme() {
    const dark = theme ? theme === "dark" : system.matches;
    root.style.colorScheme = dark ? "dark" : "light";
    if (document.body && document.body.classList.contains("dark") !== dark) {
      document.body.classList.toggle("dark", dark);
    }
  }

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-language-choice]");
    if (choice) {
      language = choice.dataset.languageChoice;
      store("genrelens-language", language);
      showLanguage();
      document.dispatchEvent(new CustomEvent("genrelens:language"));
    }
    const tab = event.target.closest("[data-tab][role=tab]");
    if (tab && tab.dataset.tab !== document.body.dataset.tab) {
      // Not location.hash: that would scroll to the element of this id, past the tabs.
      history.pushState(null, "", `#${tab.dataset.tab}`);
      window.dispatchEvent(new HashChangeEvent("hashchange"));
    }
    if (event.target.closest("[data-classroom-toggle]")) {
      classroom = !classroom;
      store("genrelens-classroom", classroom ? "1" : "0");
      showClassroom();
      document.dispatchEvent(new CustomEvent("genrelens:classroom", { detail: classroom }));
    }
    if (event.target.closest("[data-theme-toggle]")) {
      theme = document.body.classList.contains("dark") ? "light" : "dark";
      store("genrelens-theme", theme);
      showTheme();
    }
  });
  system.addEventListener("change", showTheme);

  function start() {
    showTheme();
    showLanguage();
    // Gradio sets its own class when it mounts; the choice made here wins.
    new MutationObserver(showTheme).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    // The masthead appears when Gradio has built the page.
    const waiting = new MutationObserver(() => {
      if (document.querySelector("[data-language-choice]")) {
        waiting.disconnect();
        showLanguage();
        showTab();
        showClassroom();
      }
    });
    waiting.observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
  showLanguage();
})();
