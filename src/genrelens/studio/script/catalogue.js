/* Catalogue: the map is drawn on a canvas from plain numbers, so that thousands of dots stay fluid; its list twin, the
   long tail and the duplicates come as HTML, made and escaped by the server.
   `element` and `trigger` come from gr.HTML; the token comes as the event genrelens:catalogue. */
const cat = element.querySelector(".cat");
const $ = (selector) => cat.querySelector(selector);
const canvas = $("canvas");
const box = $(".map-box");
const tip = $(".map-tip");
const audio = $("audio");
const LISTED = 50;
const NEAR_PX = 14;

let token = "";
let openers = [];
let told = null; // {genres, shades, points}
let only = null; // number of the one genre that is shown
let hovered = -1;
let chosen = -1;
let listed = LISTED;
let playing = ""; // SHA-256
let asking = 0; // of the song that is looked at: answers to an earlier one are dropped
let drawing = 0;
let loading = false;

const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");
const random = () => Math.random().toString(36).slice(2, 10);

/* ---- the server -------------------------------------------------------------------------------- */

document.addEventListener("genrelens:catalogue", (event) => {
  if (!event.detail) return;
  token = JSON.parse(event.detail).token;
  for (const go of openers.splice(0)) go();
});

function opened() {
  return new Promise((resolve, reject) => {
    openers.push(resolve);
    setTimeout(reject, 15_000, new Error("no token"));
    trigger("submit", { ask: random() });
  });
}

/* The answer at an address that holds the token; asked for twice, because the server may have begun anew. */
async function fetched(address, options) {
  for (const last of [false, true]) {
    if (!token) await opened();
    const answer = await fetch(address(token), { cache: "no-store", ...options });
    if (answer.ok || last) return answer;
    token = "";
  }
}

async function ask(path, options) {
  const answer = await fetched((mine) => `catalogue/${mine}/${path}`, options);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function note(name) {
  $(".cat-note").replaceChildren(...(name ? [$(`template[data-word="${name}"]`).content.cloneNode(true)] : []));
}

/* Ask, show the HTML in a place; what the server refuses is said there in its words. */
async function fill(place, path) {
  const mine = Symbol(path);
  place.asked = mine;
  place.replaceChildren($('template[data-word="working"]').content.cloneNode(true));
  try {
    const answer = await ask(path);
    if (place.asked !== mine) return null; // something else was asked for meanwhile
    place.innerHTML = answer.error ? answer.error.html : answer.html;
    note();
    markPlaying();
    return answer;
  } catch {
    if (place.asked === mine) { place.replaceChildren(); note("network"); }
    return null;
  }
}

/* ---- overview and map -------------------------------------------------------------------------- */

async function load() {
  if (loading) return;
  loading = true;
  cat.dataset.state = "loading";
  let answer;
  try { answer = await ask("map"); } catch { cat.dataset.state = "error"; note("network"); return; } finally { loading = false; }
  note();
  if (answer.error) {
    $(".cat-error").innerHTML = answer.error.html;
    $(".cat-error").hidden = false;
    cat.dataset.state = "error";
    return;
  }
  $(".cat-error").hidden = true;
  const kept = chosen >= 0 ? told.points[chosen][0] : "";
  told = answer;
  chosen = kept ? told.points.findIndex((point) => point[0] === kept) : -1;
  only = null;
  $(".cat-overview").innerHTML = answer.html;
  cat.dataset.state = "done";
  takes();
  drawSoon();
  drawList();
}

function takes() {
  for (const link of cat.querySelectorAll(".take-map [data-kind]")) {
    const theme = document.body.classList.contains("dark") ? "dark" : "light";
    link.href = `catalogue/${token}/picture.${link.dataset.kind}?lang=${language()}&theme=${theme}`;
  }
}

const shown = (point) => only === null || point[4] === only;
const size = () => Math.max(1.7, Math.min(6, (0.24 * box.clientWidth) / Math.sqrt(told.points.length || 1)));
const place = (point) => {
  const edge = 12;
  return [edge + point[2] * (box.clientWidth - 2 * edge), edge + point[3] * (box.clientHeight - 2 * edge)];
};

function drawSoon() {
  if (!drawing) drawing = requestAnimationFrame(() => { drawing = 0; draw(); });
}

function draw() {
  if (!told || !box.clientWidth) return;
  const [width, height, sharp] = [box.clientWidth, box.clientHeight, window.devicePixelRatio || 1];
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  const ink = getComputedStyle(cat).getPropertyValue("--ink");
  const radius = size();
  // The doubtful first, so that what is sure lies on top.
  for (let shade = told.shades.length - 1; shade >= 0; shade -= 1) {
    for (const point of told.points) {
      if (point[5] !== shade) continue;
      const [x, y] = place(point);
      pen.globalAlpha = shown(point) ? told.shades[shade] : 0.05;
      pen.fillStyle = told.genres[point[4]].colour;
      pen.beginPath();
      pen.arc(x, y, radius * (1 - 0.15 * shade), 0, 2 * Math.PI);
      pen.fill();
      pen.globalAlpha *= 0.35;
      pen.strokeStyle = ink;
      pen.lineWidth = 0.7;
      pen.stroke();
    }
  }
  for (const index of new Set([chosen, hovered])) {
    if (index < 0) continue;
    const [x, y] = place(told.points[index]);
    pen.globalAlpha = 1;
    pen.strokeStyle = ink;
    pen.lineWidth = index === chosen ? 2.5 : 1.5;
    pen.beginPath();
    pen.arc(x, y, radius + 4, 0, 2 * Math.PI);
    pen.stroke();
  }
}

function nearestTo(event) {
  const frame = canvas.getBoundingClientRect();
  const [mx, my] = [event.clientX - frame.left, event.clientY - frame.top];
  let [best, found] = [NEAR_PX ** 2, -1];
  told.points.forEach((point, index) => {
    if (!shown(point)) return;
    const [x, y] = place(point);
    const apart = (x - mx) ** 2 + (y - my) ** 2;
    if (apart <= best) [best, found] = [apart, index];
  });
  return found;
}

function hover(index) {
  if (index === hovered) return;
  hovered = index;
  tip.hidden = index < 0;
  canvas.style.cursor = index < 0 ? "" : "pointer";
  if (index >= 0) {
    const point = told.points[index];
    const [x, y] = place(point);
    tip.textContent = `${point[1]} \u00b7 ${told.genres[point[4]][language()]}`;
    const left = Math.max(4, Math.min(x + 10, box.clientWidth - tip.offsetWidth - 4));
    tip.style.left = `${left}px`;
    tip.style.top = `${y > 44 ? y - 38 : y + 14}px`;
  }
  drawSoon();
}

canvas.addEventListener("pointermove", (event) => { if (told) hover(nearestTo(event)); });
canvas.addEventListener("pointerleave", () => hover(-1));
canvas.addEventListener("click", (event) => {
  if (!told) return;
  const index = nearestTo(event);
  if (index >= 0) choose(index);
});

async function choose(index) {
  chosen = index;
  drawSoon();
  const point = told.points[index];
  note(); // now, not with the answer: what playing says meanwhile stays
  play(point[0], point[6]);
  asking += 1;
  const mine = asking;
  try {
    const answer = await ask(`song/${point[0]}`);
    if (mine !== asking) return;
    $(".song-panel").innerHTML = answer.error ? answer.error.html : answer.html;
    markPlaying();
  } catch { note("network"); }
}

/* ---- the same as a list ------------------------------------------------------------------------ */

function drawList() {
  if (!told || !$(".twin").open) return;
  const text = $(".twin input").value.trim().toLowerCase();
  const found = [];
  told.points.forEach((point, index) => {
    if (shown(point) && point[1].toLowerCase().includes(text)) found.push(index);
  });
  const rows = found.slice(0, listed).map((index) => {
    const point = told.points[index];
    const genre = told.genres[point[4]];
    const [row, button, name, side] = ["li", "button", "bdi", "span"].map((tag) => document.createElement(tag));
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.style.background = genre.colour;
    name.textContent = point[1];
    side.className = "dim";
    side.textContent = genre[language()];
    button.type = "button";
    button.className = "twin-song";
    button.dataset.index = index;
    button.append(dot, name, side);
    row.append(button);
    return row;
  });
  $(".twin-list").replaceChildren(...rows);
  $(".more-songs").hidden = found.length <= listed;
}

/* ---- playing ----------------------------------------------------------------------------------- */

async function play(sha, start) {
  if (playing === sha && !audio.paused) return silence();
  playing = sha;
  markPlaying();
  try {
    const answer = await fetched((mine) => `review/${mine}/sound/${sha}?start=${start}`);
    if (playing !== sha) return;
    if (!answer.ok || !answer.headers.get("content-type").startsWith("audio/")) { silence(); note("gone"); return; }
    const sound = await answer.blob();
    if (playing !== sha) return;
    if (audio.src) URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(sound);
    await audio.play();
    note();
  } catch (problem) {
    if (playing !== sha || problem.name === "AbortError") return;
    silence();
    note(problem instanceof TypeError ? "network" : "gone");
  }
}

function silence() {
  audio.pause();
  playing = "";
  markPlaying();
}

function markPlaying() {
  for (const button of cat.querySelectorAll(".cat-play")) {
    button.setAttribute("aria-pressed", String(Boolean(playing) && button.dataset.sha === playing));
  }
}

audio.addEventListener("ended", silence);

/* ---- what a person does ------------------------------------------------------------------------ */

cat.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".cat-play")) play(at(".cat-play").dataset.sha, at(".cat-play").dataset.start);
  else if (at(".genre-bar")) {
    const number = told.genres.findIndex((genre) => genre.id === at(".genre-bar").dataset.genre);
    only = only === number ? null : number;
    for (const bar of cat.querySelectorAll(".genre-bar")) {
      bar.setAttribute("aria-pressed", String(only !== null && bar.dataset.genre === told.genres[only].id));
    }
    listed = LISTED;
    drawSoon();
    drawList();
  } else if (at(".twin-song")) choose(Number(at(".twin-song").dataset.index));
  else if (at(".more-songs")) { listed += LISTED; drawList(); }
  else if (at(".refresh")) load();
  else if (at(".look-tail")) fill($(".tail-list"), `tail?genre=${encodeURIComponent($(".cat-tail select").value)}`);
  else if (at(".look-twice")) fill($(".twice-list"), "twice");
});
cat.addEventListener("focusin", (event) => {
  const song = event.target.closest(".twin-song");
  if (song) hover(Number(song.dataset.index));
});
cat.addEventListener("input", (event) => { if (event.target.matches(".twin input")) { listed = LISTED; drawList(); } });
$(".twin").addEventListener("toggle", drawList);

function speak() {
  for (const option of cat.querySelectorAll("option")) option.textContent = option.dataset[language()];
  if (told) takes();
  drawList();
}

document.addEventListener("genrelens:language", speak);
new ResizeObserver(drawSoon).observe(box);
new MutationObserver(() => { drawSoon(); if (told) takes(); }).observe(document.body, { attributeFilter: ["class"] });
speak();
