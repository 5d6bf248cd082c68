/* The tab "Listen": take a song (drop, choose, record, example, permalink), ask this machine's server about it or a part of
   it, and put each answer where it belongs. `element` and `trigger` come from gr.HTML. */
const hero = element.querySelector(".hero");
const $ = (selector) => hero.querySelector(selector);
const { upload: send, both } = window.genrelens;
const deck = (window.genrelens.listening = window.genrelens.deck(hero));
const MAX_BYTES = Number(hero.dataset.maxBytes);
const STILL_THERE_EVERY_MS = 4000;
let run = 0; // numbers what was asked for; answers to older askings are not shown
let song = null; // what the server is asked about: { path, name } or { example }
let sending = null;

const state = (name) => { hero.dataset.state = name; document.body.dataset.listening = name; };

/* ---- asking ------------------------------------------------------------------------------------ */

function begin(name, titles) {
  if (sending) sending.abort();
  song = null;
  deck.clear();
  $(".song-name bdi").replaceChildren(...(titles ? both(titles) : [name]));
  return newRun("uploading");
}

function newRun(next) {
  run += 1;
  $(".local-error").replaceChildren();
  $(".announce").textContent = "";
  $(".share").textContent = "";
  document.body.dataset.deeper = "waiting";
  document.dispatchEvent(new CustomEvent("genrelens:asking"));
  state(next);
  return String(run);
}

function fail(card, asked) {
  if (asked !== String(run)) return;
  $(".local-error").replaceChildren($(`template.card-${card}`).content.cloneNode(true));
  state("failed");
}

async function submitFile(file, name, titles) {
  const asked = begin(name, titles);
  if (file.size > MAX_BYTES) return fail("too-large", asked);
  deck.load(file);
  sending = new AbortController();
  try {
    const share = (done) => {
      if (asked === String(run) && file.size > 2e6) $(".share").textContent = `${Math.round(100 * done)} %`;
    };
    const path = await send(file, share, sending.signal);
    if (asked !== String(run)) return;
    song = { path, name: name.slice(0, 400) };
    ask(asked);
  } catch (refused) { if (refused.card !== "aborted") fail(refused.card || "network", asked); }
}

async function submitExample(button) {
  const titles = { en: button.dataset.titleEn, zh: button.dataset.titleZh };
  const asked = begin(titles.en, titles);
  song = { example: button.dataset.example };
  ask(asked);
  await loadFrom(button.dataset.source, asked);
}

async function loadFrom(address, asked) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    const blob = await answer.blob();
    if (asked === String(run)) deck.load(blob);
  } catch { fail("network", asked); }
}

function ask(asked, part) {
  state("listening");
  trigger("submit", { run: asked, ...song, ...(part || {}) });
}

/* A part of the song that is there, or (without one) all of it again. */
function askPart(part) {
  if (!song) return;
  ask(newRun("listening"), part);
  window.scrollTo({ top: 0, behavior: "smooth" });
}

document.addEventListener("genrelens:answer", () => {
  const answer = document.querySelector("#answer .run");
  if (!answer || answer.dataset.run !== String(run)) return;
  const opened = answer.dataset.sound;
  if (opened) {
    song = { token: answer.dataset.token };
    $(".song-name bdi").textContent = answer.dataset.name;
    loadFrom(opened, String(run));
  }
  deck.show({ duration: Number(answer.dataset.duration) || 0, heard: JSON.parse(answer.dataset.heard), sections: [] });
  const failed = Boolean(answer.querySelector(".failure"));
  state(failed ? "failed" : "done");
  const words = [...answer.querySelectorAll("h2, .said, .todo")].map((part) => part.innerText.trim());
  $(".announce").textContent = words.join(". ");
  if (!failed && answer.dataset.token) trigger("apply", { run: String(run), token: answer.dataset.token });
});

document.addEventListener("genrelens:timeline", () => {
  const found = document.querySelector("#timeline [data-run]");
  if (!found || found.dataset.run !== String(run)) return;
  const sections = [...found.querySelectorAll("[data-section-start]")].map((row) => ({
    start: Number(row.dataset.sectionStart), end: Number(row.dataset.sectionEnd), colour: row.dataset.colour,
  }));
  if (sections.length) deck.show({ sections });
});

// A server that ends while it listens would leave the page waiting for ever.
setInterval(async () => {
  if (hero.dataset.state !== "listening") return;
  const asked = String(run);
  try { await fetch(location.pathname, { method: "HEAD", cache: "no-store" }); } catch { fail("network", asked); }
}, STILL_THERE_EVERY_MS);

/* ---- cancelling, parts ------------------------------------------------------------------------- */

function cancel() {
  run += 1; // what still comes is not shown
  if (sending) sending.abort();
  trigger("clear", {});
  state(song ? "cancelled" : "empty");
  document.body.dataset.deeper = "off";
}

const seconds = (text) => {
  if (!/^(\d+:){0,2}\d+(\.\d+)?$/.test(text.trim())) return null;
  return text.trim().split(":").reduce((total, part) => total * 60 + Number(part), 0);
};
const fine = (value) => {
  const whole = Math.round(value * 10) / 10;
  return `${Math.floor(whole / 60)}:${(whole % 60).toFixed(1).padStart(4, "0").replace(/\.0$/, "")}`;
};
hero.addEventListener("deck:part", (event) => {
  const part = event.detail;
  $(".part-from").value = part ? fine(part.start) : "";
  $(".part-to").value = part ? fine(part.end) : "";
  $(".part-ask").disabled = !part;
});
for (const input of hero.querySelectorAll(".part-from, .part-to")) {
  input.addEventListener("change", () => {
    const [start, end] = [seconds($(".part-from").value), seconds($(".part-to").value)];
    for (const [box, value] of [[".part-from", start], [".part-to", end]]) {
      $(box).setAttribute("aria-invalid", String(Boolean($(box).value) && value === null));
    }
    if (start !== null && end !== null) deck.choose(start, end);
  });
}
$(".part-ask").addEventListener("click", () => deck.part && askPart(deck.part));
$(".part-play").addEventListener("click", () => deck.part && deck.playPart(deck.part.start, deck.part.end));
$(".part-all").addEventListener("click", () => { deck.choose(0, 0); askPart(); });
$(".cancel").addEventListener("click", cancel);

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-seek]");
  if (target) { deck.seek(Number(target.dataset.seek)); deck.play(); }
  const alone = event.target.closest("[data-ask-part]");
  if (alone) {
    const part = { start: Number(alone.dataset.start), end: Number(alone.dataset.end) };
    deck.choose(part.start, part.end);
    askPart(part);
  }
  const piece = event.target.closest("[data-play-start]");
  if (piece) deck.playPart(Number(piece.dataset.playStart), Number(piece.dataset.playEnd));
});

/* ---- choosing, dropping, recording, links ------------------------------------------------------ */

element.addEventListener("change", (event) => {
  const input = event.target.closest("input.file");
  if (!input || !input.files.length) return;
  const file = input.files[0];
  submitFile(file, file.name);
  input.value = ""; // so that the same file can be chosen again
});
const record = () => window.genrelens.record(hero, {
  begin: deck.pause,
  failed: () => { begin(""); fail("microphone", String(run)); },
  done: (blob, name) => submitFile(blob, name, { en: hero.dataset.recordingEn, zh: hero.dataset.recordingZh }),
  state,
});
element.addEventListener("click", (event) => {
  if (event.target.closest(".choose")) $("input.file").click();
  if (event.target.closest(".record")) record();
});
document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (!example) return;
  if (document.body.dataset.tab !== "listen") location.hash = "listen";
  submitExample(example);
  window.scrollTo(0, 0);
});
/* Another tab hands a song over: { path, name } that was uploaded already. */
document.addEventListener("genrelens:open", (event) => {
  location.hash = "listen";
  const asked = begin(event.detail.name);
  song = { path: event.detail.path, name: event.detail.name };
  if (event.detail.file) deck.load(event.detail.file);
  ask(asked);
  window.scrollTo(0, 0);
});

let depth = 0;
const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
const here = () => (document.body.dataset.tab || "listen") === "listen";
const dragging = (on) => hero.classList.toggle("dragging", on);
window.addEventListener("dragenter", (event) => { if (carriesFiles(event) && here()) { depth += 1; dragging(true); } });
window.addEventListener("dragleave", (event) => { if (carriesFiles(event)) { depth = Math.max(0, depth - 1); dragging(depth > 0); } });
window.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
window.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  dragging(false);
  const file = event.dataTransfer.files[0];
  if (file && here()) submitFile(file, file.name);
});

const linked = new URLSearchParams(location.search).get("result");
if (linked) {
  begin("");
  state("listening");
  trigger("select", { run: String(run), token: linked });
}
