/* Match: send the brief as it is written and the files a few at a time, show what comes back; ticks and playing are the
   browser's own. `element` and `trigger` come from gr.HTML; answers come as genrelens:match-heard and -ranked. */
const pick = element.querySelector(".pick");
const $ = (selector) => pick.querySelector(selector);
const page = window.genrelens;
const MAX_BYTES = Number(pick.dataset.maxBytes);
const MAX_ROWS = Number(pick.dataset.maxRows);
const PAGE_ROWS = Number(pick.dataset.shown);
const EXAMPLES = JSON.parse(pick.dataset.examples);
const UPLOADS_AHEAD = 3; // two are heard, one waits; the disk never holds more
const TYPING_MS = 250; // of rest before a brief is read
const RANKING_MS = 700; // between two rankings while answers come in
const QUIET_MS = 5000; // without a word for so long, ask again

let table = 0; // cleared candidates are followed by the next number
let run = 0; // a cancelled run too
let files = []; // what was given: a File, or {example, name}
let queue = []; // ids that wait
let flying = new Set(); // ids that are being sent or heard
let done = new Set(); // ids that the server has an answer for
let asked = 0;
let answered = 0;
let started = 0;
let heardAt = 0;
let token = "";
let stopper = new AbortController();
let skipped = 0;
let most = PAGE_ROWS;
let picked = new Set();
let serial = 0; // of the last ranking that was asked for
let shown = 0; // of the last that was shown
let shownBrief = ""; // the brief that stands behind the ranking on the screen
let sentBriefs = new Map(); // serial -> brief
let rankedAt = 0;
let rankTimer = 0;

const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");
const text = $(".brief-text");

/* ---- the brief and the ranking ----------------------------------------------------------------- */

function askRank(delay) {
  clearTimeout(rankTimer);
  rankTimer = setTimeout(() => {
    serial += 1;
    rankedAt = performance.now();
    sentBriefs.set(serial, text.value);
    trigger("apply", { table, brief: text.value, most, serial });
  }, delay);
}

document.addEventListener("genrelens:match-ranked", (event) => {
  if (!event.detail) return;
  const told = JSON.parse(event.detail);
  if (told.table !== table || told.serial <= shown || !sentBriefs.has(told.serial)) return;
  shown = told.serial;
  shownBrief = sentBriefs.get(shown);
  for (const old of [...sentBriefs.keys()]) if (old <= shown) sentBriefs.delete(old);
  if ($(".reading-body").dataset.html !== told.brief) {
    $(".reading-body").innerHTML = told.brief; // made and escaped by the server
    $(".reading-body").dataset.html = told.brief;
  }
  showRanking(told.ranking);
});

function showRanking(html) {
  const focus = pick.querySelector(".ranking :focus");
  const [row, mark] = [focus?.closest(".fit")?.dataset.id, focus?.className];
  $(".ranking").innerHTML = html;
  for (const box of pick.querySelectorAll(".pick-one")) box.checked = picked.has(idOf(box));
  if (row !== undefined) pick.querySelector(`.fit[data-id="${row}"] .${mark.split(" ").pop()}`)?.focus({ preventScroll: true });
  markPlaying();
  draw();
}

const idOf = (inside) => Number(inside.closest("[data-id]").dataset.id);

/* ---- files ------------------------------------------------------------------------------------- */

function take(given) {
  const sound = given.filter(({ name }) => page.isSound(name));
  skipped += given.length - sound.length;
  const room = Math.max(0, MAX_ROWS - files.length);
  $(".overfull").hidden = sound.length <= room;
  if (!flying.size && !queue.length) { asked = 0; answered = 0; started = performance.now(); heardAt = started; }
  for (const file of sound.slice(0, room)) {
    queue.push(files.length);
    files.push(file);
    asked += 1;
  }
  draw();
  pump();
}

function pump() {
  while (queue.length && flying.size < UPLOADS_AHEAD) send(queue.shift());
}

async function send(id) {
  const [mine, file, signal] = [run, files[id], stopper.signal];
  flying.add(id);
  const asking = { table, run: mine, id, name: file.name.slice(0, 400) };
  try {
    if (file.example) asking.example = file.example;
    else if (file.size > MAX_BYTES) asking.refused = "size";
    else asking.path = await page.upload(file, null, signal);
  } catch (problem) {
    if (signal.aborted || mine !== run) return;
    if (problem.card !== "too-large") return lost();
    asking.refused = "size";
  }
  trigger("submit", asking); // of a run that was called off too: the server deletes what came, and hears it not
}

document.addEventListener("genrelens:match-heard", (event) => {
  if (!event.detail) return;
  const told = JSON.parse(event.detail);
  if (told.table !== table) return;
  heardAt = performance.now();
  token = told.token;
  for (const id of told.done) {
    if (done.has(id)) continue;
    done.add(id);
    if (flying.delete(id)) answered += 1;
  }
  draw();
  pump();
  askRank(flying.size + queue.length ? Math.max(0, RANKING_MS - (performance.now() - rankedAt)) : 0);
});

// An answer that was overtaken by the next one is asked for again; a server that has ended is noticed.
setInterval(async () => {
  const behind = serial > shown && performance.now() - rankedAt > QUIET_MS;
  const silent = flying.size && performance.now() - heardAt > QUIET_MS;
  if (!behind && !silent) return;
  const mine = run;
  try { await fetch(location.pathname, { method: "HEAD", cache: "no-store" }); } catch { if (mine === run) lost(); return; }
  if (behind) askRank(0);
  if (!silent || mine !== run) return;
  heardAt = performance.now();
  trigger("submit", { table, run });
}, 1000);

function lost() {
  cancel();
  shown = serial;
  $(".network").hidden = false;
}

function cancel() {
  trigger("stop", { table, run });
  stopper.abort();
  stopper = new AbortController();
  run += 1;
  asked = answered;
  queue = [];
  flying = new Set();
  draw();
}

function clear() {
  cancel();
  silence();
  table += 1;
  [files, done, picked, token, asked, answered, skipped, most] = [[], new Set(), new Set(), "", 0, 0, 0, PAGE_ROWS];
  for (const note of [".network", ".overfull"]) $(note).hidden = true;
  $(".ranking").replaceChildren();
  draw();
  askRank(0);
}

/* ---- drawing ----------------------------------------------------------------------------------- */

function draw() {
  const busy = flying.size + queue.length > 0;
  pick.dataset.state = busy ? "working" : files.length ? "done" : "empty";
  $(".answered").textContent = busy ? answered : done.size;
  $(".total-box").hidden = !busy;
  $(".total").textContent = asked;
  $(".many-bar").value = asked ? answered / asked : 0;
  $(".left-box").hidden = !busy || answered < 3;
  if (answered >= 3) $(".left").textContent = page.clock(((performance.now() - started) / 1000 / answered) * (asked - answered));
  $(".cancel").hidden = !busy;
  $(".clear").hidden = busy;
  $(".skipped").hidden = !skipped;
  $(".skipped-count").textContent = skipped;
  text.placeholder = text.dataset[language()];
  drawShortlist();
  const all = $(".many-count").innerText;
  if (!busy && asked && answered === asked && $(".announce").textContent !== all) $(".announce").textContent = all;
}

function drawShortlist() {
  $(".shortlist").hidden = !$(".ranking .fit");
  $(".picked").textContent = picked.size;
  $(".none-picked").hidden = !picked.size;
  $(".m3u-how").hidden = !picked.size;
  const asking = new URLSearchParams({ brief: shownBrief, pick: [...picked].join(","), lang: language() });
  for (const link of pick.querySelectorAll(".take")) {
    link.hidden = !picked.size || !token;
    link.href = `shortlist/${token}.${link.dataset.kind}?${asking}`;
    link.download = `genrelens.${link.dataset.kind}`;
  }
}

/* ---- playing ----------------------------------------------------------------------------------- */

const sound = new Audio();
let playing = null;

function play(id) {
  if (playing === id) return silence();
  silence();
  playing = id;
  const file = files[id];
  sound.src = file.example ? `examples/${encodeURIComponent(file.name)}` : URL.createObjectURL(file);
  sound.play().catch(() => silence()); // a format that this browser does not play
  markPlaying();
}

function silence() {
  sound.pause();
  if (sound.src.startsWith("blob:")) URL.revokeObjectURL(sound.src);
  playing = null;
  markPlaying();
}

function markPlaying() {
  for (const button of pick.querySelectorAll(".fit-play")) button.setAttribute("aria-pressed", String(idOf(button) === playing));
}

sound.addEventListener("ended", silence);
document.addEventListener("genrelens:tab", (event) => { if (event.detail !== "match" && playing !== null) silence(); });

async function lookCloser(id, button) {
  const file = files[id];
  if (file.example) document.querySelector(`#examples [data-example="${CSS.escape(file.example)}"]`)?.click();
  else {
    button.disabled = true;
    try {
      // Uploads go once they are heard; the browser still has the file.
      const path = await page.upload(file);
      document.dispatchEvent(new CustomEvent("genrelens:open", { detail: { path, name: file.name, file } }));
    } catch { $(".network").hidden = false; return; } finally { button.disabled = false; }
  }
  location.hash = "listen";
}

/* ---- what a person does ------------------------------------------------------------------------ */

pick.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".choose-files, .add")) $("input.files").click();
  else if (at(".choose-folder")) $("input.folder").click();
  else if (at(".use-examples")) take(EXAMPLES);
  else if (at(".cancel")) cancel();
  else if (at(".clear")) clear();
  else if (at(".sample-brief")) { text.value = at(".sample-brief").dataset[language()]; askRank(0); }
  else if (at(".show-more")) { most += PAGE_ROWS; askRank(0); }
  else if (at(".fit-play")) play(idOf(event.target));
  else if (at(".look-closer")) lookCloser(idOf(event.target), at(".look-closer"));
  else if (at(".best, .none-picked")) tickBest(at(".best") ? Number(pick.dataset.best) : 0);
});

function tickBest(count) {
  const best = [...pick.querySelectorAll(".fit")].filter((row) => Number(row.dataset.score) > 0).slice(0, count);
  picked = new Set(best.map((row) => Number(row.dataset.id)));
  for (const box of pick.querySelectorAll(".pick-one")) box.checked = picked.has(idOf(box));
  drawShortlist();
}

pick.addEventListener("input", (event) => { if (event.target === text) askRank(TYPING_MS); });
pick.addEventListener("change", (event) => {
  if (event.target.matches(".pick-one")) {
    if (event.target.checked) picked.add(idOf(event.target));
    else picked.delete(idOf(event.target));
    drawShortlist();
  } else if (event.target.matches("input[type=file]")) {
    take([...event.target.files]);
    event.target.value = "";
  }
});
document.addEventListener("genrelens:language", () => draw());

page.dropZone(pick, "match", 2 * MAX_ROWS, take);

draw();
