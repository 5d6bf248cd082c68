/* Many songs: upload a few at a time, ask for each, draw what comes back; sort and filter in the browser.
   `element` and `trigger` come from gr.HTML; the answers come as the event genrelens:rows.
   batch_table.js follows in the same script: the table. */
const many = element.querySelector(".many");
const $ = (selector) => many.querySelector(selector);
const page = window.genrelens;
const MAX_BYTES = Number(many.dataset.maxBytes);
const MAX_ROWS = Number(many.dataset.maxRows);
const UPLOADS_AHEAD = 3; // two are heard, one waits; the disk never holds more
const PAGE_ROWS = 100; // drawn at a time: keeps the document light
const QUIET_MS = 5000; // without a word for so long, ask what the server has
const TIERS = ["sure", "likely", "blend", "unsure", "not_music", "failed"];

let table = 0; // a cleared table is followed by the next number
let run = 0; // a cancelled run too
let files = []; // what was given in this table, by id
let queue = []; // ids that wait
let flying = new Set(); // ids that are being sent or heard
let rows = [];
let known = new Set(); // ids that have a row
let have = 0;
let token = "";
let asked = 0; // files of this run
let done = 0; // of them answered
let started = 0;
let heardAt = 0;
let stopper = new AbortController();
let show = "all";
let order = { column: "", down: false };
let most = PAGE_ROWS;
let skipped = 0;
let opened = null;
let decided = new Map(); // id of a row -> its label, as accepted
let batch = ""; // what was accepted last

const word = (name) => {
  const kept = many.querySelector(`template[data-word="${CSS.escape(name)}"]`);
  return kept ? kept.content.cloneNode(true) : document.createTextNode(name);
};
const make = (tag, name, ...children) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
};
const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");

/* ---- giving ------------------------------------------------------------------------------------ */

async function take(given) {
  const sound = given.filter(({ name }) => page.isSound(name));
  skipped += given.length - sound.length;
  const room = Math.max(0, MAX_ROWS - files.length);
  $(".overfull").hidden = sound.length <= room;
  if (!sound.length && !files.length) return draw();
  if (!flying.size && !queue.length) { asked = 0; done = 0; started = performance.now(); heardAt = started; }
  for (const file of sound.slice(0, room)) {
    queue.push(files.length);
    files.push(file);
    asked += 1;
  }
  most = Math.max(most, PAGE_ROWS);
  draw();
  pump();
}

function pump() {
  while (queue.length && flying.size < UPLOADS_AHEAD) send(queue.shift());
  if (!queue.length && !flying.size && many.dataset.state === "working") draw();
}

async function send(id) {
  const [mine, file, signal] = [run, files[id], stopper.signal];
  flying.add(id);
  const event = { table, run: mine, id, name: file.name.slice(0, 400) };
  try {
    if (file.size > MAX_BYTES) event.refused = "size";
    else event.path = await page.upload(file, null, signal);
  } catch (problem) {
    if (signal.aborted || mine !== run) return;
    if (problem.card !== "too-large") return lost();
    event.refused = "size";
  }
  // Of a run that was called off too: the server deletes what came, and hears it not.
  trigger("submit", { ...event, have });
}

function lost() {
  cancel();
  $(".network").hidden = false;
}

function cancel() {
  trigger("stop", { table, run });
  stopper.abort();
  stopper = new AbortController();
  run += 1;
  asked = done;
  queue = [];
  flying = new Set();
  draw();
}

function clear() {
  cancel();
  table += 1;
  [files, rows, known, have, token, asked, done, skipped, opened] = [[], [], new Set(), 0, "", 0, 0, 0, null];
  [decided, batch] = [new Map(), ""];
  $(".accept-note").hidden = true;
  [show, order, most] = ["all", { column: "", down: false }, PAGE_ROWS];
  for (const field of [".find", ".by-policy"]) $(field).value = "";
  for (const note of [".network", ".overfull"]) $(note).hidden = true;
  draw();
}

/* ---- answers ----------------------------------------------------------------------------------- */

document.addEventListener("genrelens:rows", (event) => {
  if (!event.detail) return;
  const told = JSON.parse(event.detail);
  if (told.table !== table || told.first > have) return;
  heardAt = performance.now();
  token = told.token;
  for (const row of told.rows.slice(have - told.first)) {
    have += 1;
    if (known.has(row.id)) continue;
    known.add(row.id);
    rows.push(row);
    if (flying.delete(row.id)) done += 1;
  }
  draw();
  pump();
});

// An answer that was overtaken by the next one is asked for again; a server that has ended is noticed.
setInterval(async () => {
  if (!flying.size || performance.now() - heardAt < QUIET_MS) return;
  const mine = run;
  try { await fetch(location.pathname, { method: "HEAD", cache: "no-store" }); } catch { if (mine === run) lost(); return; }
  heardAt = performance.now();
  if (mine === run && flying.size) trigger("submit", { table, run, have });
}, 1000);
