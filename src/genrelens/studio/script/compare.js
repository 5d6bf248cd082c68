/* A form of the tab "Compare": songs go into slots, a button asks, the panels below fill; the same for both forms.
   `element` and `trigger` come from gr.HTML; that a panel has changed comes as the event genrelens:compared. */
const asking = element.querySelector(".asking");
const page = window.genrelens;
const kind = asking.dataset.kind;
const MAX_BYTES = Number(asking.dataset.maxBytes);
const slots = [...asking.querySelectorAll(".slot")];
const songs = slots.map(() => null); // {file, name, path} or {example, name, source}
const $ = (selector) => asking.querySelector(selector);
const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");
const shared = (page.compared = page.compared || {});

let run = "";
let stopper = new AbortController();

/* ---- slots ------------------------------------------------------------------------------------- */

function put(index, song) {
  const [slot, audio] = [slots[index], slots[index].querySelector(".slot-audio")];
  if (audio.src.startsWith("blob:")) URL.revokeObjectURL(audio.src);
  slot.querySelector(".slot-error").replaceChildren();
  songs[index] = song;
  slot.dataset.state = song ? "given" : "empty";
  slot.querySelector(".slot-name bdi").textContent = song ? song.name : "";
  slot.querySelector(".slot-name").title = song ? song.name : "";
  slot.querySelector(".slot-file").value = "";
  slot.querySelector(".slot-example").value = (song && song.example) || "";
  audio.hidden = false;
  if (song) audio.src = song.file ? URL.createObjectURL(song.file) : song.source;
  else audio.removeAttribute("src");
  if (kind === "compare") {
    shared.songs = [...songs];
    document.dispatchEvent(new CustomEvent("genrelens:slots"));
  }
  draw();
}

function take(index, file) {
  if (!file) return;
  if (file.size > MAX_BYTES) {
    put(index, null);
    refuse(index);
  } else put(index, { file, name: file.name });
}

function refuse(index) {
  const card = slots[index].querySelector(".card-too-large").content.cloneNode(true);
  slots[index].querySelector(".slot-error").replaceChildren(card);
}

function names() {
  for (const option of asking.querySelectorAll("option[data-en]")) option.textContent = option.dataset[language()];
  for (const song of songs) if (song && song.option) song.name = song.option.dataset[language()];
  slots.forEach((slot, index) => {
    if (songs[index]) slot.querySelector(".slot-name bdi").textContent = songs[index].name;
  });
}

slots.forEach((slot, index) => {
  slot.querySelector(".slot-choose").addEventListener("click", () => slot.querySelector(".slot-file").click());
  slot.querySelector(".slot-file").addEventListener("change", (event) => take(index, event.target.files[0]));
  slot.querySelector(".slot-remove").addEventListener("click", () => {
    put(index, null);
    slot.querySelector(".slot-choose").focus();
  });
  slot.querySelector(".slot-audio").addEventListener("error", (event) => { event.target.hidden = true; });
  slot.querySelector(".slot-audio").addEventListener("play", (event) => {
    for (const other of document.querySelectorAll(".slot-audio")) if (other !== event.target) other.pause();
  });
  slot.querySelector(".slot-example").addEventListener("change", (event) => {
    const option = event.target.selectedOptions[0];
    if (!option.value) return;
    put(index, { example: option.value, name: option.textContent, source: option.dataset.source, option });
    slot.querySelector(".slot-remove").focus();
  });
  slot.addEventListener("dragover", (event) => { event.preventDefault(); slot.classList.add("dragging"); });
  slot.addEventListener("dragleave", () => slot.classList.remove("dragging"));
  slot.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    slot.classList.remove("dragging");
    take(index, event.dataTransfer.files[0]);
  });
});

/* ---- asking ------------------------------------------------------------------------------------ */

const given = () => songs.map((song, index) => [song, index]).filter(([song]) => song);
const styles = () => ["old", "new"].map((which) => ($(`.style-${which}`) || {}).value || "");

function ready() {
  if (kind === "style") return Boolean(songs[0] && styles()[0] && styles()[1] && styles()[0] !== styles()[1]);
  return Boolean(songs[0] && songs[1]);
}

async function uploaded([song, index]) {
  if (song.example) return { example: song.example };
  const share = slots[index].querySelector(".slot-share");
  if (!song.path) {
    share.hidden = false;
    const onShare = (part) => { share.querySelector(".share").textContent = `${Math.round(100 * part)} %`; };
    try { song.path = await page.upload(song.file, onShare, stopper.signal); } finally { share.hidden = true; }
  }
  return { path: song.path, name: song.name.slice(0, 400) };
}

async function ask() {
  const mine = (run = `${kind}-${crypto.getRandomValues(new Uint32Array(2)).join("")}`);
  stopper = new AbortController();
  state("working");
  $(".network").hidden = true;
  const versions = [];
  for (const [song, index] of given()) {
    try { versions.push(await uploaded([song, index])); } catch (problem) {
      if (mine !== run) return;
      if (problem.card === "too-large") refuse(index);
      else $(".network").hidden = false;
      return state("idle");
    }
  }
  if (mine !== run) return;
  const [old, changed] = styles();
  trigger("submit", { run, versions, old, new: changed });
}

function cancel() {
  stopper.abort();
  run = "";
  trigger("clear", { kind });
  state("idle");
  $(".go").focus();
}

function state(now) {
  asking.dataset.state = now;
  document.body.dataset[`asking${kind === "style" ? "Style" : "Compare"}`] = now;
  draw();
}

function draw() {
  $(".go").disabled = !ready();
  $(".need").hidden = ready();
  const borrow = $(".borrow");
  if (borrow) borrow.hidden = !(shared.songs && shared.songs[0] && shared.songs[1]);
}

document.addEventListener("genrelens:compared", () => {
  if (!run || !document.querySelector(`[data-over="${CSS.escape(run)}"]`)) return;
  // An upload that the server does not have (any more) is sent anew the next time.
  if (document.querySelector(`[data-over="${CSS.escape(run)}"] .failure`)) {
    for (const song of songs) if (song) delete song.path;
  }
  state("done");
});
document.addEventListener("genrelens:language", names);
document.addEventListener("genrelens:slots", draw);

asking.addEventListener("change", draw);
asking.addEventListener("click", (event) => {
  if (event.target.closest(".go")) ask();
  else if (event.target.closest(".cancel-asking")) cancel();
  else if (event.target.closest(".borrow")) {
    [[0, shared.songs[1]], [1, shared.songs[0]]].forEach(([index, song]) => put(index, { ...song }));
  }
});
names();
state("idle");
