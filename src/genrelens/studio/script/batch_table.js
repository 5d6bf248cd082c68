/* Many songs, the table: what is shown, sorted, accepted, opened. Goes on from batch.js. */

/* ---- drawing ----------------------------------------------------------------------------------- */

const first = (row) => (row.top && row.top[0]) || null;
const second = (row) => (row.top && row.top[1]) || null;
const KEYS = {
  file: (row) => row.name,
  genre: (row) => first(row)?.[language()],
  share: (row) => first(row)?.p,
  tier: (row) => TIERS.indexOf(row.tier),
  second: (row) => second(row)?.[language()],
  mix: (row) => row.mix,
  not_music: (row) => row.not_music,
  tag: (row) => row.tag || null,
  length: (row) => row.seconds,
  health: (row) => (row.code ? row.code : row.health.join(" ")) || null,
};
const FALLING = new Set(["share", "mix", "not_music", "length"]); // the large ones first

const fits = (row) => show === "all" || (show === "disagrees" ? row.agrees === "no" : row.tier === show);

function wanted() {
  const text = $(".find").value.trim().toLowerCase();
  const genre = $(".of-genre").value;
  const action = $(".by-policy").value;
  const found = rows.filter((row) => fits(row) && (!genre || first(row)?.id === genre) && (!action || row.action === action)
    && (!text || `${row.name}\n${row.tag || ""}`.toLowerCase().includes(text)));
  if (!order.column) return found;
  const [key, sign] = [KEYS[order.column], order.down ? -1 : 1];
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  return found.map((row) => [key(row) ?? null, row]).sort(([a, x], [b, y]) => {
    if (a === null || b === null) return (a === null) - (b === null) || x.id - y.id; // what is missing comes last
    return sign * compare(a, b) || x.id - y.id;
  }).map(([, row]) => row);
}

/* ---- accepting --------------------------------------------------------------------------------- */

const acceptable = () => wanted().filter((row) => row.action === "accept" && !decided.has(row.id));
const reviewer = () => $(".accept-who .person")?.value.trim() || "";

function acceptShown() {
  const ids = acceptable().map((row) => row.id);
  const field = $(".accept-who .person");
  if (!ids.length) return;
  if (field && !reviewer()) { field.focus(); return; }
  if (field) try { localStorage.setItem("genrelens-reviewer", reviewer()); } catch { /* private window */ }
  batch = crypto.getRandomValues(new Uint32Array(4)).join("");
  trigger("select", { table, batch, ids, person: reviewer() });
}

document.addEventListener("genrelens:accepted", (event) => {
  if (!event.detail) return;
  const told = JSON.parse(event.detail);
  if (told.table !== table || told.batch !== batch) return;
  const before = decided.size;
  decided = new Map(Object.entries(told.decided).map(([id, label]) => [Number(id), label]));
  const more = decided.size - before;
  $(".accept-note").hidden = more <= 0;
  const kept = told.kept ? [` ${told.kept} `, word("kept")] : [];
  if (more > 0) $(".accept-text").replaceChildren(`${more} `, word("accepted_count"), ...kept);
  $("tbody").replaceChildren();
  drawNow();
});

let waiting = 0;
function draw() {
  if (!waiting) waiting = setTimeout(() => { waiting = 0; drawNow(); }, 60); // answers come in bursts; a hidden tab has no frames
}

function drawNow() {
  const busy = flying.size + queue.length > 0;
  many.dataset.state = busy ? "working" : files.length || rows.length ? "done" : "empty";
  $(".skipped").hidden = !skipped;
  $(".skipped-count").textContent = skipped;
  drawProgress(busy);
  drawChips();
  drawGenres();
  const found = wanted();
  const body = $("tbody");
  const kept = new Map([...body.children].map((line) => [line.dataset.key, line]));
  const lines = [];
  for (const row of found.slice(0, most)) {
    lines.push(kept.get(String(row.id)) || line(row));
    if (opened === row.id) lines.push(kept.get(`${row.id}+`) || detail(row));
  }
  // Only what changed is moved: the focus stays where it is.
  lines.forEach((made, index) => { if (body.children[index] !== made) body.insertBefore(made, body.children[index] || null); });
  while (body.children.length > lines.length) body.lastChild.remove();
  const open = acceptable().length;
  $(".accept-row").hidden = busy || (!open && !decided.size);
  $(".accept-count").textContent = open;
  $(".accept-shown").disabled = !open;
  $(".none").hidden = !rows.length || found.length > 0;
  $(".more").hidden = found.length <= most;
  for (const head of many.querySelectorAll("th")) {
    const mine = head.dataset.column === order.column;
    if (mine) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

function drawProgress(busy) {
  $(".answered").textContent = done;
  $(".total").textContent = asked;
  $(".many-bar").value = asked ? done / asked : 0;
  const minutes = (performance.now() - started) / 60000;
  const rate = done / Math.max(minutes, 1e-9);
  if (busy) $(".rate").textContent = rate.toFixed(0);
  $(".rate-box").hidden = done < 3;
  $(".left-box").hidden = !busy || done < 3;
  if (done >= 3) $(".left").textContent = page.clock((60 * (asked - done)) / rate);
  $(".cancel").hidden = !busy;
  for (const link of many.querySelectorAll(".take")) {
    link.hidden = !rows.length;
    if (token) link.href = `table/${token}.${link.dataset.kind}`;
    link.download = `genrelens.${link.dataset.kind}`;
  }
  $(".clear").hidden = busy;
  if (!busy && asked && done === asked) $(".announce").textContent = $(".many-count").innerText;
}

function drawChips() {
  const counts = { all: rows.length, disagrees: 0 };
  for (const row of rows) {
    counts[row.tier] = (counts[row.tier] || 0) + 1;
    counts.disagrees += row.agrees === "no";
  }
  for (const chip of many.querySelectorAll(".chip")) {
    const count = counts[chip.dataset.show] || 0;
    chip.querySelector(".chip-count").textContent = count;
    chip.hidden = !count && chip.dataset.show !== "all" && chip.dataset.show !== show;
    chip.setAttribute("aria-pressed", String(chip.dataset.show === show));
  }
}

function drawGenres() {
  const [select, spoken] = [$(".of-genre"), language()];
  const names = new Map(rows.filter(first).map((row) => [first(row).id, first(row)[spoken]]));
  const drawn = `${spoken} ${[...names.keys()].sort().join("|")}`;
  $(".find").placeholder = $(".find").dataset[spoken];
  for (const option of $(".by-policy").options) option.textContent = option.dataset[spoken];
  if (select.dataset.drawn === drawn) return;
  const chosen = select.value;
  const sorted = [...names].sort(([, a], [, b]) => a.localeCompare(b, document.documentElement.lang));
  select.replaceChildren(new Option(select.dataset[spoken], ""), ...sorted.map(([id, name]) => new Option(name, id)));
  select.value = names.has(chosen) ? chosen : "";
  select.dataset.drawn = drawn;
}

function named(score) {
  const dot = make("span", "dot");
  dot.setAttribute("aria-hidden", "true");
  dot.style.background = score.colour;
  return [dot, ...page.both(score)];
}

function line(row) {
  const made = make("tr", `row tier-${row.tier}`);
  made.dataset.key = row.id;
  const cell = (column, name, ...children) => {
    const td = make(column === "file" ? "th" : "td", `cell-${column} ${name}`);
    if (column === "file") td.scope = "row";
    const label = make("span", "cell-label");
    label.append(word(`column-${column}`));
    td.append(label, ...children);
    if (!children.length) td.classList.add("empty");
    made.append(td);
    return td;
  };
  const button = make("button", "row-open", make("bdi", "", row.name));
  button.type = "button";
  button.title = row.name;
  button.setAttribute("aria-expanded", "false");
  cell("file", "", button);
  if (row.tier === "failed") {
    const td = cell("genre", "cell-error", word("failed"), " ", make("code", "", row.code));
    td.colSpan = 9;
    return made;
  }
  const [one, two] = [first(row), second(row)];
  cell("genre", "", ...(one ? named(one) : [word("silent")]), ...mark(row));
  cell("share", "number", ...(one ? [one.text] : []));
  cell("tier", "", word(row.tier));
  cell("second", "", ...(two ? [...named(two), make("span", "dim", ` ${two.text}`)] : []));
  cell("mix", "number", ...(row.mix === null ? [] : [row.mix.toFixed(0)]));
  cell("not_music", "number", ...(row.not_music === null ? [] : [row.not_music_text]));
  cell("tag", row.agrees && `tag-${row.agrees}`, ...tag(row));
  cell("length", "number", row.length);
  cell("health", "", ...row.health.flatMap((code, index) => [index ? ", " : "", word(`health-${code}`)]));
  return made;
}

function mark(row) {
  if (!decided.has(row.id)) return [];
  const sign = make("span", "mark-accepted", "\u00a0✓");
  sign.setAttribute("aria-hidden", "true");
  const said = make("span", "sr", " ");
  said.append(word("accepted"));
  return [sign, said];
}

function tag(row) {
  if (!row.tag) return [];
  const text = make("bdi", "", row.tag);
  text.title = row.tag;
  if (!row.agrees) return [text];
  const mark = make("span", "mark-tag", row.agrees === "yes" ? "✓" : "≠");
  mark.setAttribute("aria-hidden", "true");
  const said = make("span", "sr", " ");
  said.append(word(row.agrees));
  return [mark, text, said];
}

function detail(row) {
  const made = make("tr", "detail");
  made.dataset.key = `${row.id}+`;
  const td = make("td", "");
  td.colSpan = 10;
  made.append(td);
  if (row.error) td.append(make("p", "", ...page.both(row.error)));
  if (row.top && row.top.length) td.append(make("ol", "bars", ...row.top.map(bar)));
  if (files[row.id] && row.tier !== "failed") {
    const button = make("button", "button small open-listen");
    button.type = "button";
    button.append(word("open"));
    button.addEventListener("click", () => open(row, button));
    td.append(make("p", "", button));
  }
  return made;
}

function bar(score) {
  const fill = make("span", "bar-fill");
  fill.style.width = `${(100 * score.p).toFixed(1)}%`;
  fill.style.background = score.colour;
  const track = make("span", "bar-track", fill);
  track.setAttribute("aria-hidden", "true");
  return make("li", "bar", make("span", "bar-name", ...page.both(score)), track, make("span", "bar-value", score.text));
}

async function open(row, button) {
  const file = files[row.id];
  button.disabled = true;
  button.replaceChildren(word("waiting"));
  try {
    // Uploads go once they are answered; the browser still has the file.
    const path = await page.upload(file);
    document.dispatchEvent(new CustomEvent("genrelens:open", { detail: { path, name: row.name, file } }));
    location.hash = "listen";
  } catch { $(".network").hidden = false; }
  button.disabled = false;
  button.replaceChildren(word("open"));
}

function toggle(row, button) {
  for (const other of many.querySelectorAll('.row-open[aria-expanded="true"]')) other.setAttribute("aria-expanded", "false");
  opened = opened === row ? null : row;
  button.setAttribute("aria-expanded", String(opened === row));
  drawNow();
}

/* ---- what a person does ------------------------------------------------------------------------ */

many.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".choose-files, .add")) $("input.files").click();
  else if (at(".choose-folder")) $("input.folder").click();
  else if (at(".cancel")) cancel();
  else if (at(".clear")) clear();
  else if (at(".accept-shown")) acceptShown();
  else if (at(".accept-undo")) trigger("select", { table, batch, undo: true, person: reviewer() });
  else if (at(".show-more")) { most += PAGE_ROWS; drawNow(); }
  else if (at(".chip")) { show = at(".chip").dataset.show; most = PAGE_ROWS; drawNow(); }
  else if (at(".sort")) {
    const column = at("th").dataset.column;
    order = { column, down: order.column === column ? !order.down : FALLING.has(column) };
    drawNow();
  } else if (at("tr.row") && !String(window.getSelection())) {
    const made = at("tr.row");
    toggle(Number(made.dataset.key), made.querySelector(".row-open"));
  }
});
many.addEventListener("input", (event) => { if (event.target.matches(".find, .of-genre, .by-policy")) { most = PAGE_ROWS; drawNow(); } });
many.addEventListener("change", (event) => {
  if (!event.target.matches("input[type=file]")) return;
  take([...event.target.files]);
  event.target.value = "";
});
document.addEventListener("genrelens:language", () => drawNow());

try { if ($(".accept-who")) $(".accept-who .person").value = localStorage.getItem("genrelens-reviewer") || ""; } catch { /* private window */ }

page.dropZone(many, "batch", 2 * MAX_ROWS, take);

drawNow();
