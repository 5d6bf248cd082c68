/* Review: files come leased and one ahead, so that a decision shows the next one at once; everything that is said to
   the server goes through one line, in order, and is said again where the network fails.
   `element` and `trigger` come from gr.HTML; the desk's token comes as the event genrelens:review.
   review_verdicts.js follows in the same script: what a person does. */
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
  return { person, ...said, days: Number(said.days) };
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
  drawOpinions(item);
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

function drawOpinions(item) {
  const line = $(".review-opinions");
  line.hidden = !item.opinions.length;
  line.replaceChildren(line.firstElementChild, ...item.opinions.map((said) =>
    make("span", "opinion", make("bdi", "", said.person), ": ", ...page.both(said))));
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
