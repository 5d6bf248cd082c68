/* Review: files come leased and one ahead, so that a decision shows the next one at once; everything that is said to
   the server goes through one line, in order, and is said again where the network fails.
   `element` and `trigger` come from gr.HTML; the desk's token comes as the event genrelens:review. */
const root = element.querySelector(".review");
const $ = (selector) => root.querySelector(selector);
const page = window.genrelens;
const AHEAD = 2; // the one before the reviewer, and the next
const RENEW_MS = 60_000;
const IDLE_MS = 600_000; // who has left the room holds nothing back
const WHY_AFTER_MS = 400; // who decides at once does not ask why
const AGAIN_MS = 4000;
const LABELS = JSON.parse(root.dataset.labels);
const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };

let person = stored("genrelens-reviewer") || "";
let token = "";
let items = [];
let turn = 0; // of the choice of what to review: answers to an earlier one are dropped
let line = Promise.resolve();
let touchedAt = performance.now();
let start = 0; // of the part that is played, seconds
let batch = "";
const audio = $("audio");

const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");
const here = () => document.body.dataset.tab === "review";
const word = (name) => {
  const kept = root.querySelector(`template[data-word="${CSS.escape(name)}"]`);
  return kept ? kept.content.cloneNode(true) : document.createTextNode(name);
};
const make = (tag, name, ...children) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
};

/* ---- the server -------------------------------------------------------------------------------- */

let openers = [];
document.addEventListener("genrelens:review", (event) => {
  if (!event.detail) return;
  token = JSON.parse(event.detail).token;
  for (const go of openers.splice(0)) go();
});
function openDesk() {
  return new Promise((resolve, reject) => {
    openers.push(resolve);
    setTimeout(reject, 15_000, new Error("no desk"));
    trigger("submit", { ask: random().slice(0, 8) });
  });
}

const wish = () => {
  const said = Object.fromEntries(new FormData($(".filter-row")));
  return { person, ...said, days: Number(said.days), second: said.second === "on" };
};

async function ask(verb, data) {
  for (const last of [false, true]) {
    if (!token) await openDesk();
    const answer = await fetch(`review/${token}/${verb}`, { method: "POST", body: JSON.stringify(data), keepalive: true });
    if (answer.ok) return answer.json();
    token = ""; // the server began anew, or forgot the desk
    if (last) throw new Error(String(answer.status));
  }
}

/* One after the other; what the network loses is said again until it is heard. */
function say(verb, data) {
  const said = { ...wish(), ...data };
  const work = async () => {
    for (;;) {
      try {
        const told = await ask(verb, said);
        if ($(".review-note").dataset.kind === "network") note();
        if (told.left !== undefined) drawStanding(told);
        return told;
      } catch {
        note("network", [word("network")], { again: true });
        await new Promise((go) => { retry = go; setTimeout(go, AGAIN_MS); });
      }
    }
  };
  line = line.then(work, work);
  return line;
}
let retry = () => {};

/* ---- files ------------------------------------------------------------------------------------- */

let filling = false;
async function fill() {
  if (filling || !person || !here()) return;
  filling = true;
  const mine = turn;
  const want = AHEAD - items.length;
  const told = want > 0 ? await say("take", { have: items.map(({ sha }) => sha), want }) : { items: [] };
  filling = false;
  if (mine !== turn) return fill();
  if (told.error) { fail(told.error); root.dataset.state = items.length ? "item" : "empty"; return; }
  const first = !items.length;
  for (const item of told.items) if (!items.some(({ sha }) => sha === item.sha)) items.push(item);
  for (const item of items) cut(item, item.start);
  if (first) show();
}

function restart() {
  turn += 1;
  items = [];
  show(true);
  fill();
}

function show(waiting = false) {
  const item = items[0];
  root.dataset.state = item ? "item" : waiting || filling ? "loading" : "empty";
  stop();
  closeOther();
  $(".why-found").replaceChildren();
  for (const key of [...cuts.keys()]) if (!items.some(({ sha }) => key.startsWith(sha))) dropCut(key);
  if (!item) return;
  $(".review-name bdi").textContent = item.name;
  $(".review-folder bdi").textContent = item.folder;
  $(".choices").replaceChildren(...item.top.map(choice));
  $(".no-music").classList.toggle("primary", item.answer === "not-music");
  $(".not-music-share").textContent = item.not_music;
  drawFacts(item);
  if (document.activeElement && root.contains(document.activeElement)) $(".review-name").focus({ preventScroll: true });
  if (here()) $(".announce").textContent = item.name;
  move(item.start);
  why(item);
}

function choice(score, index) {
  const fill = make("span", "bar-fill");
  fill.style.width = `${(100 * score.p).toFixed(1)}%`;
  fill.style.background = score.colour;
  const track = make("span", "bar-track", fill);
  track.setAttribute("aria-hidden", "true");
  const first = items[0].answer === score.id;
  const button = make("button", `choice${first ? " first" : ""}`, make("kbd", "", String(index + 1)),
    make("span", "choice-name", ...page.both(score)), track, make("span", "bar-value", score.text));
  if (first) button.append(make("kbd", "enter", "↵"));
  button.type = "button";
  button.dataset.said = score.id;
  button.setAttribute("aria-keyshortcuts", first ? `${index + 1} Enter a` : String(index + 1));
  return make("li", "", button);
}

function drawFacts(item) {
  const facts = [make("span", "fact", word(item.top.length ? `tier-${item.tier}` : "silent"))];
  if (item.set.length > 1) {
    const names = item.set.flatMap((label, index) => [index ? " · " : " ", ...page.both(label)]);
    facts.push(make("span", "fact", word("set"), ...names));
  }
  if (item.tag) {
    const agrees = item.agrees ? [" (", word(item.agrees === "yes" ? "agrees" : "disagrees"), ")"] : [];
    facts.push(make("span", "fact", word("tag"), " ", make("bdi", "", item.tag), ...agrees));
  }
  if (item.health.length) {
    const found = item.health.flatMap((code, index) => [index ? ", " : " ", word(`health-${code}`)]);
    facts.push(make("span", "fact", word("health"), ...found));
  }
  $(".review-facts").replaceChildren(...facts);
}

function drawStanding(told) {
  for (const name of ["left", "mine", "others"]) $(`.${name}`).textContent = told[name];
  const done = told.mine + told.others;
  $(".review-bar").value = done + told.left ? done / (done + told.left) : 0;
  $(".at-work").hidden = !told.at_work.length;
  $(".colleagues").textContent = told.at_work.join(", ");
}

/* ---- sound and evidence ------------------------------------------------------------------------ */

const cuts = new Map(); // sha@start -> promise of an address, or null
const keyOf = (item, from) => `${item.sha}@${from.toFixed(2)}`;

function cut(item, from) {
  const key = keyOf(item, from);
  if (!item.there) return Promise.resolve(null);
  if (!cuts.has(key)) cuts.set(key, fetchCut(item, from).catch(() => null));
  return cuts.get(key);
}

async function fetchCut(item, from) {
  if (!token) return null;
  const answer = await fetch(`review/${token}/sound/${item.sha}?start=${from.toFixed(3)}`);
  if (!answer.ok || !(answer.headers.get("content-type") || "").startsWith("audio/")) return null;
  return URL.createObjectURL(await answer.blob());
}

function dropCut(key) {
  cuts.get(key).then((address) => address && URL.revokeObjectURL(address));
  cuts.delete(key);
}

async function move(from) {
  const item = items[0];
  if (!item) return;
  const last = Math.max(0, item.duration - 1);
  start = Math.min(Math.max(0, from), last);
  const end = Math.min(item.duration || start + 15, start + 15);
  $(".cut-times").textContent = `${page.clock(start)}–${page.clock(end)} / ${item.length}`;
  $(".cut-doubtful").hidden = Math.abs(start - item.start) > 0.01;
  const box = $(".song-cut");
  box.style.left = `${item.duration ? (100 * start) / item.duration : 0}%`;
  box.style.width = `${item.duration ? (100 * (end - start)) / item.duration : 100}%`;
  stop();
  const address = await cut(item, start);
  if (items[0] !== item) return;
  $(".cut-problem").hidden = address !== null;
  $(".cut-problem").replaceChildren(word("gone"));
  $(".cut").hidden = address === null;
  if (address === null) return;
  audio.src = address;
  $(".cut-play").disabled = false;
  if ($(".auto-play").checked && here()) audio.play().catch(() => {}); // a browser may want a key first
}

function stop() {
  audio.pause();
  audio.removeAttribute("src");
  $(".cut-play").disabled = true;
  follow();
}

function follow() {
  const length = Number.isFinite(audio.duration) ? audio.duration : 0;
  $(".song-now").style.width = length && audio.getAttribute("src") ? `${(100 * audio.currentTime) / length}%` : "0";
  $(".cut").classList.toggle("playing", !audio.paused);
  if (!audio.paused) requestAnimationFrame(follow);
}
for (const name of ["play", "pause", "ended", "seeked"]) audio.addEventListener(name, follow);
const toggle = () => { if (audio.getAttribute("src")) (audio.paused ? audio.play().catch(() => {}) : audio.pause()); };

let looking = Promise.resolve();
function why(item) {
  const panel = $(".review-why");
  panel.hidden = !item.there || !item.top.length;
  panel.setAttribute("aria-busy", "true");
  if (panel.hidden) return;
  // One at a time, and only for who still looks.
  looking = looking.then(async () => {
    await new Promise((go) => setTimeout(go, WHY_AFTER_MS));
    if (items[0] !== item || !(await cut(item, item.start)) || items[0] !== item) return finish();
    const genre = encodeURIComponent(item.top[0].id);
    const told = await (await fetch(`review/${token}/evidence/${item.sha}?start=${item.start.toFixed(3)}&genre=${genre}`)).json();
    if (items[0] !== item) return;
    if (told.html) $(".why-found").innerHTML = told.html;
    panel.setAttribute("aria-busy", "false");
    panel.hidden = !told.html;
  }).catch(finish);
  function finish() { if (items[0] === item) panel.hidden = true; }
}

/* ---- deciding ---------------------------------------------------------------------------------- */

async function decide(said) {
  const item = items[0];
  if (!item || root.dataset.state !== "item") return;
  if (said === "accept" && !item.answer) return;
  if (said === "second") said = item.top[1]?.id;
  if (!said) return;
  items.shift();
  note();
  const told = say("decide", { sha: item.sha, seen: item.seen, said, token: random() });
  show(true);
  fill();
  const { error, decision } = await told;
  if (error) fail(error, item);
  else if (!$(".review-note").dataset.kind) note("decided", [word("decided"), " ", ...page.both(decision), " – ", make("bdi", "", item.name)], { undo: true });
}

async function undo(named = "") {
  const mine = turn;
  const told = await say("undo", { batch: named });
  batch = "";
  if (told.error) return fail(told.error);
  if (told.item && mine === turn) {
    items = [told.item, ...items.filter(({ sha }) => sha !== told.item.sha)];
    show();
  } else if (!told.item) restart();
  if (told.count > 1) note("undone", [String(told.count), " ", word("bulk_undone")]);
  else note("undone", [word("undone"), " ", ...page.both(told.decision)]);
}

function note(kind = "", words = [], { undo: back = false, again = false } = {}) {
  const line = $(".review-note"); // it keeps its place, so that nothing jumps
  line.dataset.kind = kind;
  line.classList.toggle("quiet", !kind);
  line.querySelector(".note-text").replaceChildren(...words);
  line.querySelector(".note-undo").hidden = !back;
  line.querySelector(".note-again").hidden = !again;
}

function fail(error, item) {
  note("error", [...page.both(error.words), ...(item ? [" ", make("bdi", "dim", item.name)] : [])]);
}

/* ---- another genre ----------------------------------------------------------------------------- */

let chosen = 0;
function openOther() {
  if (!items.length) return;
  $(".other-box").hidden = false;
  $(".other").setAttribute("aria-expanded", "true");
  $(".other-find").value = "";
  drawOther();
  $(".other-find").focus();
}
function closeOther() {
  $(".other-box").hidden = true;
  $(".other").setAttribute("aria-expanded", "false");
}
function drawOther() {
  const text = $(".other-find").value.trim().toLowerCase();
  const begins = (label) => (label.en.toLowerCase().startsWith(text) || label.zh.toLowerCase().startsWith(text) ? 0 : 1);
  const found = LABELS.filter((label) => `${label.en}\n${label.zh}`.toLowerCase().includes(text))
    .sort((a, b) => begins(a) - begins(b));
  chosen = Math.max(0, Math.min(chosen, found.length - 1));
  $(".other-list").replaceChildren(...found.map((label, index) => {
    const dot = make("span", "dot");
    dot.setAttribute("aria-hidden", "true");
    dot.style.background = label.colour;
    const option = make("li", "", dot, ...page.both(label));
    option.id = `review-other-${index}`;
    option.role = "option";
    option.dataset.said = label.id;
    option.setAttribute("aria-selected", String(index === chosen));
    return option;
  }));
  $(".other-find").setAttribute("aria-activedescendant", found.length ? `review-other-${chosen}` : "");
}
$(".other-find").addEventListener("input", () => { chosen = 0; drawOther(); });
$(".other-find").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") chosen += 1;
  else if (event.key === "ArrowUp") chosen = Math.max(0, chosen - 1);
  else if (event.key === "Enter") {
    const option = $('.other-list [aria-selected="true"]');
    if (option) decide(option.dataset.said);
  } else if (event.key === "Escape") { closeOther(); $(".other").focus(); } else return;
  event.preventDefault();
  event.stopPropagation();
  if (!$(".other-box").hidden) drawOther();
});

/* ---- many at once, agreement ------------------------------------------------------------------- */

async function countSure() {
  const told = await say("sure", {});
  if (told.error) return fail(told.error);
  $(".bulk-number").textContent = told.count;
  $(".bulk-found").hidden = false;
  $(".bulk-go").hidden = !told.count;
}

async function acceptSure() {
  batch = random();
  $(".bulk-found").hidden = true;
  const told = await say("accept", { batch });
  if (told.error) return fail(told.error);
  restart();
  note("bulk", [String(told.count), " ", word("bulk_done")], { undo: told.count > 0 });
}

async function drawAgreement() {
  const told = await say("agreement", {});
  if (told.error) return fail(told.error);
  const kappa = (value) => (value === null ? "–" : value.toFixed(2));
  $(".agreed").replaceChildren(...(told.files
    ? [make("b", "", told.share_text), " ", word("of"), ` ${told.files} · `, word("kappa"), " ", make("b", "", kappa(told.kappa))]
    : [word("nobody")]));
  $(".pairs").hidden = !told.pairs.length;
  $(".pairs tbody").replaceChildren(...told.pairs.map((pair) => make("tr", "",
    make("td", "", make("bdi", "", pair.first), " – ", make("bdi", "", pair.second)),
    make("td", "", String(pair.files)), make("td", "", String(pair.same)), make("td", "", kappa(pair.kappa)))));
}

/* ---- who, when, keys --------------------------------------------------------------------------- */

function begin() {
  root.dataset.state = person ? "loading" : "name";
  $(".me").textContent = person;
  $(".person").value = person;
  if (person && here()) restart();
}

function leave() {
  if (!token || !person || !items.length) return;
  navigator.sendBeacon(`review/${token}/leave`, JSON.stringify(wish()));
  turn += 1;
  items = [];
  stop();
}

function drawLanguage() {
  for (const option of root.querySelectorAll("option[data-en]")) option.textContent = option.dataset[language()];
  $(".other-find").placeholder = $(".other-find").dataset[language()];
}

$(".review-who").addEventListener("submit", (event) => {
  event.preventDefault();
  person = $(".person").value.trim();
  if (!person) return;
  store("genrelens-reviewer", person);
  begin();
});
let typing = 0;
$(".filter-row").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(restart, 400); $(".bulk-found").hidden = true; });
$(".filter-row").addEventListener("submit", (event) => event.preventDefault());
for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => { touchedAt = performance.now(); });

root.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".choice")) decide(at(".choice").dataset.said);
  else if (at(".other-list li")) decide(at(".other-list li").dataset.said);
  else if (at(".no-music")) decide("not_music");
  else if (at(".skip-item")) decide("skip");
  else if (at(".other")) ($(".other-box").hidden ? openOther : closeOther)();
  else if (at(".note-undo")) undo(batch);
  else if (at(".undo")) undo();
  else if (at(".note-again")) retry();
  else if (at(".cut-play")) toggle();
  else if (at(".cut-back")) move(start - 15);
  else if (at(".cut-on")) move(start + 15);
  else if (at(".bulk-count")) countSure();
  else if (at(".bulk-go")) acceptSure();
  else if (at(".rename")) { leave(); root.dataset.state = "name"; $(".person").focus(); $(".person").select(); }
});
$(".review-agreement").addEventListener("toggle", (event) => { if (event.target.open) drawAgreement(); });

document.addEventListener("keydown", (event) => {
  if (!here() || !["item", "loading", "empty"].includes(root.dataset.state)) return;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=tab]")) return;
  const pressed = event.target.closest("button, a, summary, label, input");
  if (pressed && (event.key === "Enter" || (event.key === " " && !pressed.matches(".cut-play")))) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter" || key === "a") decide("accept");
  else if (/^[1-5]$/.test(key)) decide(items[0]?.top[Number(key) - 1]?.id);
  else if (key === "o") openOther();
  else if (key === "n") decide("not_music");
  else if (key === "s") decide("skip");
  else if (key === "u") undo(batch);
  else if (key === " ") toggle();
  else if (key === "ArrowLeft") move(start - 15);
  else if (key === "ArrowRight") move(start + 15);
  else return;
  event.preventDefault();
});

setInterval(async () => {
  if (!items.length || !here() || performance.now() - touchedAt > IDLE_MS) return;
  const told = await say("renew", {});
  if (!told.error) items = items.filter(({ sha }, index) => !index || told.held.includes(sha));
}, RENEW_MS);
document.addEventListener("genrelens:tab", (event) => {
  if (event.detail !== "review") leave();
  else if (person && !items.length) begin();
});
document.addEventListener("genrelens:language", drawLanguage);
window.addEventListener("pagehide", leave);

drawLanguage();
begin();
