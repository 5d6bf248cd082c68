/* Help: figures are asked for when the tab is first opened; #help/NAME opens and shows that part; the box searches. */
const help = element.querySelector(".helping");
const box = help.querySelector(".find-help");
const spoken = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");
let asked = false;

function goTo() {
  const [tab, ...rest] = location.hash.slice(1).split("/");
  if (tab !== "help") return;
  if (!asked) { asked = true; trigger("submit", {}); }
  let name = rest.join("/");
  try { name = decodeURIComponent(name); } catch { return; }
  const part = [...help.querySelectorAll("[data-anchor]")].find((found) => found.dataset.anchor === name);
  if (!part) return;
  box.value = "";
  search();
  if (part.tagName === "DETAILS") part.open = true;
  part.scrollIntoView({ block: "start" });
  (part.querySelector("summary") || part.querySelector("h2")).focus({ preventScroll: true });
}

/* What is shown in the language of the page alone: a search must not find the hidden one. */
function textOf(entry) {
  const hidden = spoken() === "zh" ? "en" : "zh-CN";
  const walk = (node) => {
    if (node.nodeType === 3) return node.nodeValue;
    if (node.lang === hidden) return "";
    return [...node.childNodes].map(walk).join(" ");
  };
  return walk(entry).toLowerCase();
}

function search() {
  const text = box.value.trim().toLowerCase();
  let shown = 0;
  for (const entry of help.querySelectorAll(".help-entry")) {
    entry.hidden = Boolean(text) && !textOf(entry).includes(text);
    shown += !entry.hidden;
  }
  for (const part of help.querySelectorAll(".help-part")) {
    const entries = part.querySelectorAll(".help-entry");
    part.hidden = Boolean(text) && ![...entries].some((entry) => !entry.hidden);
  }
  help.classList.toggle("searching", Boolean(text));
  help.querySelector(".help-none").hidden = shown > 0;
}

const label = () => { box.placeholder = box.dataset[spoken()]; };
box.addEventListener("input", search);
document.addEventListener("genrelens:language", () => { label(); search(); });
window.addEventListener("hashchange", () => setTimeout(goTo)); // the tab is shown first
document.addEventListener("genrelens:tab", () => setTimeout(goTo), { once: true });
// The same link once more is no change of the address.
help.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#help/"]');
  if (link && link.getAttribute("href") === location.hash) goTo();
});
document.addEventListener("genrelens:help", () => {
  const told = document.getElementById("help-figures");
  for (const filling of told.querySelectorAll("[data-fills]")) {
    help.querySelector(`[data-slot="${filling.dataset.fills}"]`)?.replaceChildren(...filling.childNodes);
  }
  for (const filling of told.querySelectorAll("[data-fills-recall]")) {
    const line = [...help.querySelectorAll("[data-recall]")].find((found) => found.dataset.recall === filling.dataset.fillsRecall);
    if (line) line.replaceChildren(...filling.childNodes);
  }
});
label();
setTimeout(goTo);
