/* Keys of the tab "Listen": space plays, arrows to the side move by section, 1 to 5 show the evidence for that genre. */
(() => {
  "use strict";
  const busy = (target) => target.closest("input, textarea, select, summary, [contenteditable], [role=tab]");
  document.addEventListener("keydown", (event) => {
    const deck = window.genrelens.listening;
    if (!deck || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((document.body.dataset.tab || "listen") !== "listen" || busy(event.target)) return;
    if (event.key === " ") {
      if (event.target.closest("button, a") && !event.target.closest(".play")) return;
      deck.toggle();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const pieces = deck.sections;
      if (!pieces.length) deck.seek(deck.now + (event.key === "ArrowRight" ? 5 : -5));
      else {
        const now = deck.now + 0.25;
        const at = Math.max(0, pieces.findLastIndex((piece) => piece.start <= now));
        // Back from within a section goes to its beginning first.
        const back = now - pieces[at].start > 2 ? at : at - 1;
        const next = Math.min(pieces.length - 1, Math.max(0, event.key === "ArrowRight" ? at + 1 : back));
        deck.seek(pieces[next].start);
        mark(next);
      }
    } else if (/^[1-5]$/.test(event.key)) {
      const bar = document.querySelectorAll("#answer .bar [data-why-genre]")[Number(event.key) - 1];
      if (bar) bar.click();
    } else return;
    event.preventDefault();
  });
  function mark(index) {
    for (const [at, row] of document.querySelectorAll("#timeline .sections .section").entries()) {
      row.classList.toggle("current", at === index);
      if (at === index) row.scrollIntoView({ block: "nearest" });
    }
  }
})();
