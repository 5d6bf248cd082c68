/* Classroom: two forms, each sends its files one after the other, then asks once and shows what comes back. `element`
   and `trigger` come from gr.HTML; answers come as genrelens:classroom-told. */
const school = element.querySelector(".school");
const page = window.genrelens;
const MAX_BYTES = Number(school.dataset.maxBytes);
const EXAMPLES = JSON.parse(school.dataset.examples);
const ASK = { homework: "submit", lesson: "apply" };
const MOST = { homework: Number(school.dataset.maxRows), lesson: Number(school.dataset.maxPieces) };
const QUIET_MS = 8000; // without a word for so long, ask whether the server is there

const language = () => (document.documentElement.dataset.language === "zh" ? "zh" : "en");
const isList = (name) => /\.(csv|tsv|txt|xlsx?)$/i.test(name); // of a workbook the server says what to do
const isZip = (name) => /\.zip$/i.test(name);
const forms = {};

class Form {
  constructor(root) {
    this.root = root;
    this.kind = root.dataset.kind;
    this.files = [];
    this.roster = null;
    this.run = "";
    this.token = "";
    this.heardAt = 0;
    this.sent = [];
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("submit", (event) => { event.preventDefault(); this.start(); });
    root.addEventListener("change", (event) => {
      if (!event.target.matches("input[type=file]")) return;
      this.take([...event.target.files]);
      event.target.value = "";
    });
    this.draw();
  }

  $(selector) { return this.root.querySelector(selector); }

  get busy() { return this.root.dataset.state === "working"; }

  get ready() { return this.files.length > 0 && (this.kind === "lesson" || this.roster !== null); }

  clicked(event) {
    const at = (selector) => event.target.closest(selector);
    if (at(".choose-roster")) this.$("input.roster-file").click();
    else if (at(".choose-files")) this.$("input.files").click();
    else if (at(".use-examples")) {
      this.files = [...EXAMPLES];
      this.$(".overfull").hidden = true;
      this.roster = { example: true, name: "roster.csv" };
      this.start();
    } else if (at(".cancel")) this.cancel();
  }

  /* What is given takes the place of what was: a list, or files. */
  take(given) {
    if (this.busy) return;
    const lists = this.kind === "homework" ? given.filter(({ name }) => isList(name)) : [];
    const sound = given.filter(({ name }) => page.isSound(name) || (this.kind === "homework" && isZip(name)));
    if (lists.length) this.roster = lists[0];
    if (sound.length) {
      this.files = sound.slice(0, MOST[this.kind]);
      this.$(".overfull").hidden = sound.length <= MOST[this.kind];
    }
    this.draw();
  }

  async start() {
    if (!this.ready || this.busy) return;
    this.run = `${Date.now()}-${Math.random()}`;
    const mine = this.run;
    this.sent = [];
    this.token = "";
    this.$(".network").hidden = true;
    this.$(".result").replaceChildren();
    this.phase("sending", 0, this.files.length);
    const files = [];
    const asking = { run: mine, lang: language(), title: this.$(".sheet-title")?.value ?? "" };
    try {
      for (const file of this.kind === "homework" ? [this.roster, ...this.files] : this.files) {
        const sent = await this.send(file);
        // Called off meanwhile: what still came is deleted, too.
        if (mine !== this.run) return trigger("stop", { files: [sent] });
        if (file === this.roster) asking.roster = sent;
        else files.push(sent);
        this.sent.push(sent);
        this.phase("sending", files.length, this.files.length);
      }
    } catch {
      if (mine === this.run) this.lost();
      return;
    }
    this.phase("waiting");
    this.heardAt = performance.now();
    trigger(ASK[this.kind], { ...asking, files });
  }

  async send(file) {
    const named = { name: file.name.slice(0, 400) };
    if (file.example) return { ...named, example: file.example };
    if (file.size > MAX_BYTES) return { ...named, refused: "size" };
    try {
      return { ...named, path: await page.upload(file) };
    } catch (problem) {
      if (problem.card === "too-large") return { ...named, refused: "size" };
      throw problem;
    }
  }

  told(answer) {
    if (answer.run !== this.run) return;
    this.heardAt = performance.now();
    if (answer.state === "working") this.phase("hearing", answer.done, answer.total);
    else if (answer.state === "writing") this.phase("writing");
    else {
      this.run = "";
      this.token = answer.token ?? "";
      this.root.dataset.state = answer.state;
      this.$(".result").innerHTML = answer.html; // made and escaped by the server
      this.draw();
      school.querySelector(".announce").textContent = this.$(".counts, .failure .what, .sheet-rows caption")?.innerText ?? "";
    }
  }

  cancel() {
    trigger("stop", { kind: this.kind, files: this.sent });
    this.run = "";
    this.root.dataset.state = "empty";
    this.draw();
  }

  lost() {
    this.cancel();
    this.$(".network").hidden = false;
  }

  async lookAlive() {
    if (!this.busy || performance.now() - this.heardAt < QUIET_MS || this.root.dataset.phase === "sending") return;
    const mine = this.run;
    this.heardAt = performance.now();
    try { await fetch(location.pathname, { method: "HEAD", cache: "no-store" }); } catch { if (mine === this.run) this.lost(); }
  }

  phase(name, done, total) {
    this.root.dataset.state = "working";
    this.root.dataset.phase = name;
    const bar = this.$(".many-bar");
    if (total) bar.value = done / total;
    else bar.removeAttribute("value");
    this.$(".share").textContent = total ? `${done} / ${total}` : "";
    this.draw();
  }

  draw() {
    this.$(".start").disabled = !this.ready || this.busy;
    for (const button of this.root.querySelectorAll(".choose-roster, .choose-files, .use-examples")) button.disabled = this.busy;
    this.$(".cancel").hidden = !this.busy;
    this.$(".progress-box").hidden = !this.busy;
    this.$(".take-box").hidden = !this.token || this.busy;
    for (const link of this.root.querySelectorAll(".take")) {
      link.href = `classroom/${this.token}.${link.dataset.kind}?lang=${language()}`;
      link.download = `${this.kind}.${link.dataset.kind}`;
    }
    const example = this.$(".example-roster");
    if (example) example.href = `classroom/example.csv?lang=${language()}`;
    for (const slot of this.root.querySelectorAll("[data-slot]")) {
      const chosen = slot.dataset.slot === "roster" ? (this.roster ? [this.roster] : []) : this.files;
      const names = chosen.slice(0, 3).map(({ name }) => name).join(language() === "zh" ? "、" : ", ");
      slot.querySelector(".given-names").textContent = chosen.length > 3 ? `${chosen.length}: ${names} …` : names;
    }
  }
}

for (const root of school.querySelectorAll(".lesson-form")) forms[root.dataset.kind] = new Form(root);

document.addEventListener("genrelens:classroom-told", (event) => {
  if (!event.detail) return;
  const answer = JSON.parse(event.detail);
  forms[answer.kind]?.told(answer);
});
document.addEventListener("genrelens:language", () => { for (const form of Object.values(forms)) form.draw(); });
setInterval(() => { for (const form of Object.values(forms)) form.lookAlive(); }, 1000);

// A drop goes to the form it was let go over; a list or a zip is homework wherever it falls.
let under = "homework";
school.addEventListener("dragover", (event) => { under = event.target.closest(".lesson-form")?.dataset.kind ?? under; });
page.dropZone(school, "classroom", 2 * MOST.homework, (given) => {
  const homework = given.some(({ name }) => isList(name) || isZip(name));
  forms[homework ? "homework" : under].take(given);
});
