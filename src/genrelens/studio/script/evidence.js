/* The evidence panel: another genre, another window, how strongly the overlay is painted. */
const token = () => document.querySelector("#answer .run")?.dataset.token;
const panel = () => element.querySelector(".panel-evidence");
let strength = 1;

function look(change) {
  const now = panel()?.querySelector(".evidence");
  if (!token()) return;
  panel()?.setAttribute("aria-busy", "true");
  const wanted = {
    run: panel()?.dataset.run || document.querySelector("#answer .run").dataset.run,
    token: token(), genre: now?.dataset.genre, start: now?.dataset.start, ...change,
  };
  trigger("select", wanted);
}

element.addEventListener("change", (event) => {
  if (event.target.closest(".why-genre")) look({ genre: event.target.value });
});
element.addEventListener("input", (event) => {
  const slider = event.target.closest(".why-strength");
  if (!slider) return;
  strength = Number(slider.value);
  paint();
});
element.addEventListener("click", (event) => {
  const move = event.target.closest("[data-why-move]");
  if (move) look({ start: Number(panel().querySelector(".evidence").dataset.start) + Number(move.dataset.whyMove) });
  if (event.target.closest("[data-why-here]")) look({ start: window.genrelens.listening.now - 5 });
});
/* Asked for from elsewhere on the page: a section's "Why", a bar of the Top 5, the keys 1 to 5. */
document.addEventListener("click", (event) => {
  const why = event.target.closest("[data-why-genre]");
  if (!why) return;
  const change = { genre: why.dataset.whyGenre };
  if (why.dataset.whyStart) {
    const [start, end] = [Number(why.dataset.whyStart), Number(why.dataset.whyEnd)];
    change.start = Math.max(start, (start + end) / 2 - 5);
  } else change.start = undefined;
  look(change);
  element.scrollIntoView({ behavior: "smooth", block: "nearest" });
});

function paint() {
  element.style.setProperty("--strength", String(strength));
  const slider = element.querySelector(".why-strength");
  if (slider) slider.value = String(strength);
}
document.addEventListener("genrelens:evidence", paint);
