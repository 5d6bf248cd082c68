/* The hero: take a song (drop, choose, record, example), draw and play it from the browser's own copy,
   send it to this machine's server, and show whose turn it is. `element` and `trigger` come from gr.HTML. */
const hero = element.querySelector(".hero");
const $ = (selector) => hero.querySelector(selector);
const audio = $("audio");
const wave = $(".wave");
const MAX_BYTES = Number(hero.dataset.maxBytes);
const DRAW_AT_MOST_S = 900; // decoded in the browser's memory: 0.3 GB for 15 minutes of stereo
const STILL_THERE_EVERY_MS = 4000;
const RECORD_AT_MOST_S = 300;
const BUCKETS = 1600;
let run = 0; // numbers what was asked for; answers to older askings are not shown
let peaks = null;
let heard = [];
let duration = 0;
let sending = null;
let recorder = null;

const state = (name) => { hero.dataset.state = name; document.body.dataset.listening = name; };
const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const two = (value) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/* ---- asking ------------------------------------------------------------------------------------ */

function begin(name, titles) {
  run += 1;
  if (sending) sending.abort();
  peaks = null; heard = []; duration = 0;
  audio.pause();
  $(".local-error").replaceChildren();
  $(".announce").textContent = "";
  for (const note of hero.querySelectorAll(".note")) note.hidden = true;
  const shown = $(".song-name bdi");
  if (titles) {
    shown.replaceChildren(...["en", "zh"].map((language) => {
      const word = document.createElement("span");
      word.className = "w";
      word.lang = language === "zh" ? "zh-CN" : "en";
      word.textContent = titles[language];
      return word;
    }));
  } else shown.textContent = name;
  $(".share").textContent = "";
  $(".length").textContent = "";
  $(".play").disabled = true;
  draw();
  state("uploading");
  return String(run);
}

function fail(card, asked) {
  if (asked !== String(run)) return;
  $(".local-error").replaceChildren($(`template.card-${card}`).content.cloneNode(true));
  state("failed");
}

function submitFile(file, name, titles) {
  const asked = begin(name, titles);
  if (file.size > MAX_BYTES) return fail("too-large", asked);
  hear(file, asked);
  const config = window.gradio_config || {};
  const form = new FormData();
  // The real name never reaches the server's disk: it travels beside the file, as text.
  form.append("files", file, `${crypto.getRandomValues(new Uint32Array(4)).join("")}.song`);
  const request = (sending = new XMLHttpRequest());
  request.open("POST", `${(config.root || "").replace(/\/$/, "")}${config.api_prefix || "/gradio_api"}/upload`);
  request.upload.onprogress = (event) => {
    if (asked === String(run) && event.lengthComputable && file.size > 2e6) {
      $(".share").textContent = `${Math.round((100 * event.loaded) / event.total)} %`;
    }
  };
  request.onload = () => {
    if (asked !== String(run)) return;
    if (request.status === 413) return fail("too-large", asked);
    if (request.status !== 200) return fail("network", asked);
    state("listening");
    trigger("submit", { run: asked, path: JSON.parse(request.responseText)[0], name: name.slice(0, 400) });
  };
  request.onerror = () => fail("network", asked);
  request.send(form);
}

async function submitExample(button) {
  const titles = { en: button.dataset.titleEn, zh: button.dataset.titleZh };
  const asked = begin(titles.en, titles);
  state("listening");
  trigger("submit", { run: asked, example: button.dataset.example });
  try {
    const answer = await fetch(button.dataset.source);
    if (!answer.ok) throw new Error(String(answer.status));
    hear(await answer.blob(), asked);
  } catch { fail("network", asked); }
}

document.addEventListener("genrelens:answer", () => {
  const answer = document.querySelector("#answer .run");
  if (!answer || answer.dataset.run !== String(run)) return;
  const length = answer.querySelector("[data-duration]");
  if (length) duration = Number(length.dataset.duration) || duration;
  heard = [...answer.querySelectorAll(".part")].map((part) => ({
    start: Number(part.dataset.start), end: Number(part.dataset.end), colour: part.dataset.colour,
    label: part.textContent.trim(),
  }));
  draw();
  state(answer.querySelector(".failure") ? "failed" : "done");
  const words = [...answer.querySelectorAll("h2, .said, .todo")].map((part) => part.innerText.trim());
  $(".announce").textContent = words.join(". ");
});

// A server that ends while it listens would leave the page waiting for ever.
setInterval(async () => {
  if (hero.dataset.state !== "listening") return;
  const asked = String(run);
  try { await fetch(location.pathname, { method: "HEAD", cache: "no-store" }); } catch { fail("network", asked); }
}, STILL_THERE_EVERY_MS);

/* ---- hearing and drawing ----------------------------------------------------------------------- */

async function hear(blob, asked) {
  if (audio.src) URL.revokeObjectURL(audio.src);
  if (!blob.size) return;
  const ready = new Promise((resolve) => {
    audio.addEventListener("loadedmetadata", () => resolve(true), { once: true });
    audio.addEventListener("error", () => resolve(false), { once: true });
  });
  audio.src = URL.createObjectURL(blob);
  // Not playable here: the answer does not need it, and the player says so.
  if (!(await ready) || asked !== String(run)) return;
  if (audio.duration > DRAW_AT_MOST_S) { $(".no-wave").hidden = false; return; }
  try {
    // Resampled to a low rate: peaks need no more.
    const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await blob.arrayBuffer());
    if (asked !== String(run)) return;
    peaks = measure(sound);
    if (!duration) duration = sound.duration;
    draw();
  } catch { /* playable but not decodable in one piece: no wave */ }
}

function measure(sound) {
  const channels = [...Array(sound.numberOfChannels).keys()].map((index) => sound.getChannelData(index));
  const step = sound.length / BUCKETS;
  const found = new Float32Array(BUCKETS);
  let most = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    let squares = 0, count = 0;
    for (const samples of channels) {
      for (let i = Math.floor(bucket * step); i < (bucket + 1) * step; i++) { squares += samples[i] ** 2 || 0; count++; }
    }
    found[bucket] = Math.sqrt(squares / Math.max(1, count));
    most = Math.max(most, found[bucket]);
  }
  return found.map((value) => value / (most || 1));
}

function draw() {
  const svg = wave.querySelector("svg");
  const width = Math.max(60, wave.clientWidth);
  const bars = Math.max(30, Math.floor(width / 4));
  svg.setAttribute("viewBox", `0 0 ${bars * 4} 100`);
  let path = "";
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * BUCKETS) / bars), to = Math.max(from + 1, Math.floor(((bar + 1) * BUCKETS) / bars));
    let height = 0;
    if (peaks) for (let i = from; i < to; i++) height = Math.max(height, peaks[i]);
    height = Math.max(1.5, 47 * height ** 0.7);
    path += `M${bar * 4 + 2} ${(50 - height).toFixed(1)}V${(50 + height).toFixed(1)}`;
  }
  for (const line of svg.querySelectorAll("path")) line.setAttribute("d", path);
  const scale = (seconds) => (duration ? (bars * 4 * seconds) / duration : 0);
  const clip = svg.querySelector("#clip-heard");
  clip.replaceChildren(...heard.map((part) => {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    box.setAttribute("x", scale(part.start));
    box.setAttribute("width", Math.max(1, scale(part.end) - scale(part.start)));
    box.setAttribute("height", 100);
    return box;
  }));
  wave.classList.toggle("pending", !peaks);
  $(".marks").replaceChildren(...heard.map((part) => {
    const mark = document.createElement("button");
    mark.type = "button";
    mark.className = "mark";
    mark.tabIndex = -1;
    mark.setAttribute("aria-hidden", "true");
    mark.dataset.seek = part.start;
    mark.style.left = `${(100 * part.start) / duration}%`;
    mark.style.width = `${(100 * (part.end - part.start)) / duration}%`;
    mark.style.background = part.colour;
    return mark;
  }));
  if (duration) $(".length").textContent = clock(Math.round(duration));
  wave.setAttribute("aria-valuemax", String(Math.round(duration)));
  follow();
}

function follow() {
  const now = audio.currentTime || 0;
  const svg = wave.querySelector("svg");
  const width = Number((svg.getAttribute("viewBox") || "0 0 1 1").split(" ")[2]);
  svg.querySelector("#clip-played rect").setAttribute("width", duration ? (width * Math.min(now, duration)) / duration : 0);
  $(".now").textContent = clock(now);
  wave.setAttribute("aria-valuenow", String(Math.round(now)));
  wave.setAttribute("aria-valuetext", `${clock(now)} / ${clock(duration)}`);
  if (!audio.paused) requestAnimationFrame(follow);
}

new ResizeObserver(draw).observe(wave);

/* ---- playing ----------------------------------------------------------------------------------- */

const seek = (seconds) => {
  if (!audio.src || !duration) return;
  audio.currentTime = Math.min(Math.max(0, seconds), Math.max(0, duration - 0.05));
  follow();
};
const toggle = () => (audio.paused ? audio.play().catch(() => {}) : audio.pause());
audio.addEventListener("loadedmetadata", () => {
  if (!duration && Number.isFinite(audio.duration)) duration = audio.duration;
  $(".play").disabled = false;
  draw();
});
audio.addEventListener("error", () => { if (audio.getAttribute("src")) $(".unplayable").hidden = false; });
for (const name of ["play", "pause", "ended"]) {
  audio.addEventListener(name, () => { hero.classList.toggle("playing", !audio.paused); follow(); });
}
audio.addEventListener("seeked", follow);
$(".play").addEventListener("click", toggle);
wave.addEventListener("pointerdown", (event) => {
  const go = (at) => {
    const box = wave.getBoundingClientRect();
    seek((duration * (at.clientX - box.left)) / box.width);
  };
  go(event);
  const stop = () => { window.removeEventListener("pointermove", go); };
  window.addEventListener("pointermove", go);
  window.addEventListener("pointerup", stop, { once: true });
});
wave.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };
  if (event.key in steps) seek(audio.currentTime + steps[event.key]);
  else if (event.key === "Home") seek(0);
  else if (event.key === "End") seek(duration);
  else if (event.key === " " || event.key === "Enter") toggle();
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-seek]");
  if (!target) return;
  seek(Number(target.dataset.seek));
  audio.play().catch(() => {});
});

/* ---- choosing, dropping, recording ------------------------------------------------------------- */

element.addEventListener("change", (event) => {
  const input = event.target.closest("input.file");
  if (!input || !input.files.length) return;
  const file = input.files[0];
  submitFile(file, file.name);
  input.value = ""; // so that the same file can be chosen again
});
element.addEventListener("click", (event) => {
  if (event.target.closest(".choose")) $("input.file").click();
  if (event.target.closest(".record")) record();
});
document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-example]");
  if (!example) return;
  submitExample(example);
  window.scrollTo(0, 0);
});

let depth = 0;
const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
const dragging = (on) => hero.classList.toggle("dragging", on);
window.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; dragging(true); } });
window.addEventListener("dragleave", (event) => { if (carriesFiles(event)) { depth -= 1; dragging(depth > 0); } });
window.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
window.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  dragging(false);
  const file = event.dataTransfer.files[0];
  if (file) submitFile(file, file.name);
});

async function record() {
  if (recorder) return;
  audio.pause();
  let stream;
  try {
    // What makes speech clear makes music wrong: all of it off.
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  } catch {
    begin("");
    return fail("microphone", String(run));
  }
  const before = hero.dataset.state;
  const chunks = [];
  recorder = new MediaRecorder(stream);
  recorder.ondataavailable = (event) => chunks.push(event.data);
  const context = new AudioContext();
  const meter = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(meter);
  const samples = new Float32Array(meter.fftSize);
  const started = performance.now();
  let kept = true;
  const tick = () => {
    if (!recorder) return;
    const seconds = (performance.now() - started) / 1000;
    meter.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    $(".level span").style.width = `${Math.min(100, 100 * level ** 0.5)}%`;
    $(".recorded").textContent = clock(seconds);
    if (seconds >= RECORD_AT_MOST_S) recorder.stop();
    else requestAnimationFrame(tick);
  };
  recorder.onstop = async () => {
    recorder = null;
    for (const track of stream.getTracks()) track.stop();
    await context.close();
    if (!kept) return state(before);
    const titles = { en: hero.dataset.recordingEn, zh: hero.dataset.recordingZh };
    try {
      // As WAV: what recorders write lacks a length, and players and decoders stumble over that.
      const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(await new Blob(chunks).arrayBuffer());
      submitFile(wav(sound), "recording.wav", titles);
    } catch {
      submitFile(new Blob(chunks), "recording.webm", titles);
    }
  };
  $(".record-stop").onclick = () => recorder && recorder.stop();
  $(".record-cancel").onclick = () => { kept = false; if (recorder) recorder.stop(); };
  recorder.start(1000);
  $(".recorded").textContent = "0:00";
  state("recording");
  $(".record-stop").focus();
  tick();
}

function wav(sound) {
  const channels = [...Array(sound.numberOfChannels).keys()].map((index) => sound.getChannelData(index));
  const view = new DataView(new ArrayBuffer(44 + 2 * sound.length));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * sound.length, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, sound.sampleRate, true); view.setUint32(28, 2 * sound.sampleRate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); text(36, "data"); view.setUint32(40, 2 * sound.length, true);
  for (let i = 0; i < sound.length; i++) {
    const mean = channels.reduce((sum, samples) => sum + samples[i], 0) / channels.length;
    view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, mean)) * 32767, true);
  }
  return new Blob([view], { type: "audio/wav" });
}

draw();
