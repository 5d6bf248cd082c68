/* Language and theme: both change the whole page at once, in the browser alone, and are remembered. */
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
      }
    });
    waiting.observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
  showLanguage();
})();
