/* Settle: a table goes in, its answer comes back as genrelens:settled; songs are read by page. `element` and `trigger`
   come from gr.HTML. */
const root = element.querySelector(".settle");
const page = window.genrelens;
const MAX_BYTES = Number(root.dataset.maxBytes);
const QUIET_MS = 8000; // without a word for so long, ask whether the server is there
const $ = (selector) => root.querySelector(selector);
const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");

let run = "";
let token = "";
let show = "all";
let askedAt = 0;

function state(name, alert = "") {
  root.dataset.state = name;
  $(".settle-wait").hidden = name !== "working";
  for (const button of root.querySelectorAll(".choose, .try, .again")) button.disabled = name === "working";
  for (const note of [".network", ".too-large", ".gone"]) $(note).hidden = note !== alert;
}

async function give(file) {
  if (root.dataset.state === "working") return;
  if (file.size > MAX_BYTES) return state(token ? "done" : "empty", ".too-large");
  const mine = run = `${Date.now()}-${Math.random()}`;
  token = "";
  $(".result").replaceChildren();
  $(".given-name").textContent = file.name;
  state("working");
  askedAt = performance.now();
  if (file.example) return trigger("submit", { run, example: true });
  try {
    trigger("submit", { run: mine, name: file.name.slice(0, 400), path: await page.upload(file) });
  } catch {
    if (mine === run) lost();
  }
}

/* The same table once more, with what the listener says that names mean. */
function again() {
  const names = {};
  for (const { dataset, value } of root.querySelectorAll(".unknown select")) if (value !== "?") names[dataset.name] = value;
  run = `${Date.now()}-${Math.random()}`;
  askedAt = performance.now();
  trigger("submit", { run, token, names });
  state("working");
}

function lost() {
  run = "";
  state("empty", ".network");
}

document.addEventListener("genrelens:settled", (event) => {
  const answer = event.detail ? JSON.parse(event.detail) : {};
  if (!run || answer.run !== run) return;
  run = "";
  token = answer.token ?? "";
  show = "all";
  state(answer.state);
  $(".result").innerHTML = answer.html; // made and escaped by the server
  if (token) { put(answer, true); speak(); }
  const said = $(".counts, .failure .what");
  $(".announce").textContent = said.innerText;
  if (document.body.dataset.tab === "settle") said.scrollIntoView({ block: "nearest" });
});

function put({ rows, next, total }, fresh) {
  const body = $(".song-rows tbody");
  if (fresh) body.replaceChildren();
  const first = body.children.length;
  body.insertAdjacentHTML("beforeend", rows);
  $(".more").hidden = next === null;
  $(".more button").dataset.next = next;
  $(".none").hidden = total > 0;
  $(".song-rows").hidden = total === 0;
  return body.children[first];
}

async function read(start) {
  const [mine, wanted] = [token, show];
  let answer;
  try {
    const reply = await fetch(`settle/${token}/songs?show=${wanted}&start=${start}`, { cache: "no-store" });
    if (!reply.ok) return state("done", ".gone");
    answer = await reply.json();
  } catch { return state("done", ".network"); }
  if (mine !== token || wanted !== show) return;
  const first = put(answer, start === 0);
  if (start && first) { first.tabIndex = -1; first.focus(); }
}

function speak() {
  for (const option of root.querySelectorAll("option")) option.textContent = option.dataset[language()];
  for (const link of root.querySelectorAll(".take")) link.href = `settle/${token}.${link.dataset.kind}?lang=${language()}`;
}
document.addEventListener("genrelens:language", speak);

root.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".choose")) $(".table-file").click();
  else if (at(".try")) give({ example: true, name: "", size: 0 });
  else if (at(".again")) again();
  else if (at(".more button")) read(Number(at(".more button").dataset.next));
  else if (at(".chip")) {
    show = at(".chip").dataset.show;
    for (const chip of root.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", String(chip.dataset.show === show));
    read(0);
  }
});
$(".table-file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) give(file);
});
page.dropZone(root, "settle", 1, (given) => { if (given.length) give(given[0]); });

setInterval(async () => {
  if (root.dataset.state !== "working" || performance.now() - askedAt < QUIET_MS) return;
  const mine = run;
  askedAt = performance.now();
  try { await fetch(location.pathname, { method: "HEAD", cache: "no-store" }); } catch { if (mine === run) lost(); }
}, 1000);
