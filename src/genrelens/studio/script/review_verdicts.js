/* Review, what a person does: verdicts, undo, another genre, many at once, filters, keys. Goes on from review.js. */

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

async function countAcceptable() {
  const told = await say("acceptable", {});
  if (told.error) return fail(told.error);
  $(".bulk-number").textContent = told.count;
  $(".bulk-found").hidden = false;
  $(".bulk-go").hidden = !told.count;
}

async function acceptAll() {
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
  $(".agreed-disputed").hidden = !told.disputed;
  $(".agreed-disputed b").textContent = told.disputed;
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
  else if (at(".bulk-count")) countAcceptable();
  else if (at(".bulk-go")) acceptAll();
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
