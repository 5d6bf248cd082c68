/* The looks "policy", "models" and "tags", and which look is open: one script with catalogue.js, whose names it uses. */

/* ---- which look is open: the address says it (#catalogue/policy), so that "back" works ---------- */

const looks = [...cat.querySelectorAll(".cat-part")].map((part) => part.dataset.look);
let look = looks[0];

function showLook() {
  const asked = location.hash.slice(1).split("/");
  if (asked[0] === "catalogue" && looks.includes(asked[1])) look = asked[1];
  for (const part of cat.querySelectorAll(".cat-part")) part.hidden = part.dataset.look !== look;
  for (const link of cat.querySelectorAll(".look-link")) {
    if (link.dataset.look === look) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  note();
  if (playing) silence();
  if (look === "map") { if (told) drawSoon(); else load(); }
  if (look === "policy" && !$(".policy-box").children.length) openPolicy("");
  if (look === "models" && !$(".models-box").children.length) openModels("");
}

function readAnew() {
  if (look === "policy") openPolicy($(".policy")?.dataset.source ?? "");
  else openModels(compared ? new URLSearchParams(compared) : "");
}

/* ---- policy ------------------------------------------------------------------------------------ */

let limitsAsked = 0;
let limitsWaiting = 0;

const limitOf = (name) => $(`.limit input[name="${name}"]`);

/* Limits that somebody has moved stay where they are. */
async function openPolicy(source) {
  const before = $(".policy") && { accept: limitOf("accept").value, suggest: limitOf("suggest").value };
  const answer = await fill($(".policy-box"), `policy?source=${source}`);
  if (!answer || answer.error) return;
  for (const [name, value] of Object.entries(before ?? {})) limitOf(name).value = value;
  await countWork(limitsQuery());
}

const limitsQuery = () => new URLSearchParams({
  accept: limitOf("accept").value, suggest: limitOf("suggest").value, source: $(".policy").dataset.source,
});

function showLimits() {
  for (const name of ["accept", "suggest"]) {
    const input = limitOf(name);
    input.closest(".limit").querySelector("output").textContent = Number(input.value).toFixed(3).replace(/0$/, "");
    const mark = $(`.limit-mark.${name}`);
    if (mark) mark.style.left = `${100 * input.value}%`;
  }
}

async function countWork(query) {
  showLimits();
  const mine = ++limitsAsked;
  try {
    const answer = await ask(`policy/work?${query}`);
    if (mine !== limitsAsked) return;
    note();
    const open = $(".policy-more details")?.open;
    $(".policy-sum").innerHTML = answer.error ? answer.error.html : answer.sum;
    $(".policy-more").innerHTML = answer.error ? "" : answer.html;
    if (answer.error) return;
    if (open) $(".policy-more details").open = true;
    limitOf("accept").value = answer.accept;
    limitOf("suggest").value = answer.suggest;
    showLimits();
    const take = $(".take-policy");
    take.dataset.query = query;
    take.href = policyFile(query);
  } catch { if (mine === limitsAsked) note("network"); }
}

const policyFile = (query) => `catalogue/${token}/policy.yaml?${query}&lang=${language()}`;

function moved(name) {
  const [accept, suggest] = [limitOf("accept"), limitOf("suggest")];
  // Nothing is suggested above what is accepted.
  if (Number(suggest.value) > Number(accept.value)) (name === "accept" ? suggest : accept).value = limitOf(name).value;
  showLimits();
  clearTimeout(limitsWaiting);
  limitsWaiting = setTimeout(() => countWork(limitsQuery()), 120);
}

function wish(form) {
  const query = limitsQuery();
  query.set("wished", String(Number((form.elements.wished.value / 100).toFixed(4))));
  for (const name of ["per_genre", "estimate"]) if (form.elements[name]?.checked) query.set(name, "true");
  clearTimeout(limitsWaiting);
  countWork(query);
}

/* ---- models ------------------------------------------------------------------------------------ */

let compared = null; // {a, b}
let become = "";
let changesNext = 0;

async function openModels(query) {
  const answer = await fill($(".models-box"), `models?${query}`);
  compared = answer && !answer.error && answer.a ? { a: answer.a, b: answer.b } : null;
  if (compared && $(".changed-songs")) await changes("");
}

async function changes(wanted) {
  become = wanted;
  changesNext = 0;
  for (const button of cat.querySelectorAll(".pick-change")) {
    button.setAttribute("aria-pressed", String((button.dataset.become ?? "") === become));
  }
  await moreChanges();
}

async function moreChanges() {
  const [of, start] = [become, changesNext];
  const query = new URLSearchParams({ ...compared, become: of, start });
  try {
    const answer = await ask(`models/songs?${query}`);
    if (of !== become || start !== changesNext) return; // another one was chosen meanwhile
    note();
    if (answer.error) { $(".changed-songs").innerHTML = answer.error.html; return; }
    if (!start) $(".changed-songs").replaceChildren();
    $(".changed-songs").insertAdjacentHTML("beforeend", answer.html);
    changesNext = answer.next;
    $(".more-changed").hidden = !answer.more;
    markPlaying();
  } catch { note("network"); }
}

async function openSong(button) {
  const row = button.closest("li");
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) { row.querySelector(".opened")?.remove(); return; }
  const place = document.createElement("div");
  place.className = "opened";
  row.append(place);
  await fill(place, `song/${button.dataset.sha}`);
}

/* ---- tags -------------------------------------------------------------------------------------- */

let tagsRun = 0;
let tagKind = "write";
let tagsNext = 0;
let tagsWanted = 0;
const TAG_PAGE = 50;

async function previewTags(form) {
  const mine = ++tagsRun;
  const query = new URLSearchParams({ when: form.elements.when.value, mode: form.elements.mode.value });
  $(".tag-found").hidden = false;
  try {
    const answer = await ask(`tags?${query}`, { method: "POST" });
    if (mine !== tagsRun) return;
    $(".tag-command").innerHTML = answer.error ? answer.error.html : answer.html;
    for (const part of [".tag-status", ".kinds", ".tag-rows"]) $(part).hidden = Boolean(answer.error);
    $(".tag-status").replaceChildren();
    if (!answer.error) pickKind(tagKind);
  } catch { if (mine === tagsRun) note("network"); }
}

function pickKind(kind) {
  tagKind = kind;
  [tagsNext, tagsWanted] = [0, TAG_PAGE];
  for (const button of cat.querySelectorAll(".pick-kind")) {
    button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  }
  $(".tag-rows").replaceChildren();
  readTags(++tagsRun);
}

/* Ask how far it is until it has ended; rows are added as they come, up to those that are wanted. */
async function readTags(mine) {
  for (;;) {
    const query = new URLSearchParams({ kind: tagKind, start: tagsNext, most: tagsWanted - tagsNext });
    let answer;
    try { answer = await ask(`tags?${query}`); } catch { if (mine === tagsRun) note("network"); return; }
    if (mine !== tagsRun) return;
    note();
    $(".tag-status").innerHTML = answer.error ? answer.error.html : answer.status;
    $(".stop-tags").hidden = !answer.running;
    if (answer.error) return;
    for (const button of cat.querySelectorAll(".pick-kind")) {
      button.querySelector("b").textContent = answer.counts[button.dataset.kind];
    }
    $(".tag-rows").insertAdjacentHTML("beforeend", answer.html);
    tagsNext = answer.next;
    $(".more-tags").hidden = !answer.more;
    markPlaying();
    if (!answer.running && (tagsNext >= tagsWanted || !answer.more)) return;
    await new Promise((go) => { setTimeout(go, 600); });
    if (mine !== tagsRun) return;
  }
}

async function stopTags() {
  try { await ask("tags/stop", { method: "POST" }); } catch { note("network"); }
}

/* ---- what a person does ------------------------------------------------------------------------ */

async function copy(button) {
  const box = button.closest(".command");
  try {
    await navigator.clipboard.writeText(box.querySelector("code").textContent);
    box.querySelector(".copied").hidden = false;
    setTimeout(() => { box.querySelector(".copied").hidden = true; }, 2000);
  } catch { getSelection().selectAllChildren(box.querySelector("code")); } // to be copied by hand
}

cat.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".copy")) copy(at(".copy"));
  else if (at(".read-anew")) readAnew();
  else if (at(".pick-source")) openPolicy(at(".pick-source").dataset.source);
  else if (at(".pick-change")) changes(at(".pick-change").dataset.become ?? "");
  else if (at(".more-changed")) moreChanges();
  else if (at(".open-song")) openSong(at(".open-song"));
  else if (at(".pick-kind")) pickKind(at(".pick-kind").dataset.kind);
  else if (at(".more-tags")) { tagsWanted += TAG_PAGE; readTags(++tagsRun); }
  else if (at(".stop-tags")) stopTags();
});
cat.addEventListener("input", (event) => { if (event.target.matches(".limit input")) moved(event.target.name); });
cat.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.matches(".wish")) wish(form);
  else if (form.matches(".pick-models")) openModels(new URLSearchParams(new FormData(form)));
  else if (form.matches(".tag-form")) previewTags(form);
});
document.addEventListener("genrelens:language", () => {
  const take = $(".take-policy");
  if (take && take.dataset.query) take.href = policyFile(take.dataset.query);
});
document.addEventListener("genrelens:tab", (event) => {
  if (event.detail === "catalogue") showLook(); else if (playing) silence();
});
if (document.body.dataset.tab === "catalogue") showLook();
