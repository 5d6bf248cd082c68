/* "Guess first": the answer stays hidden while the class guesses; hands are counted for each genre, then all is revealed. */
(() => {
  "use strict";
  const root = document.documentElement;
  const hands = new Map();
  const panel = () => document.querySelector(".guess");

  const guessing = () => root.classList.contains("classroom") && Boolean(document.querySelector(".guess-on")?.checked);
  const hide = (hidden) => { if (hidden) document.body.dataset.guessing = "1"; else delete document.body.dataset.guessing; };

  function show() {
    for (const row of panel()?.querySelectorAll(".guess-row") || []) {
      const count = hands.get(row.dataset.genre) || 0;
      row.querySelector(".guess-count").textContent = String(count);
      row.classList.toggle("has-hands", count > 0);
      row.querySelector("[data-guess='-1']").disabled = count === 0;
    }
  }

  function tally() {
    const all = [...hands.values()].reduce((sum, count) => sum + count, 0);
    const box = document.querySelector("#answer .tally");
    if (!box) return;
    box.hidden = false;
    box.classList.toggle("nobody", all === 0);
    for (const row of box.querySelectorAll("[data-tally]")) {
      const count = hands.get(row.dataset.tally) || 0;
      row.hidden = count === 0;
      row.style.setProperty("--share", all ? count / all : 0);
      row.querySelector(".tally-count").textContent = String(count);
    }
    document.querySelector("#answer .genre-card")?.setAttribute("open", "");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-guess]");
    if (button) {
      const genre = button.closest(".guess-row").dataset.genre;
      hands.set(genre, Math.max(0, (hands.get(genre) || 0) + Number(button.dataset.guess)));
      show();
    }
    if (event.target.closest(".guess-reveal")) { hide(false); tally(); document.querySelector("#answer")?.scrollIntoView({ behavior: "smooth" }); }
  });
  document.addEventListener("change", (event) => { if (event.target.closest(".guess-on") && !guessing()) hide(false); });
  document.addEventListener("genrelens:classroom", () => { if (!guessing()) hide(false); });
  document.addEventListener("genrelens:asking", () => { hands.clear(); show(); hide(guessing()); });
})();
