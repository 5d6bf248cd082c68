/* Sending a song to this machine's server, for every tab: window.genrelens.upload(file, onShare) -> the path there. */
(() => {
  "use strict";
  if (window.genrelens) return;
  const config = () => window.gradio_config || {};

  class Refused extends Error { constructor(card) { super(card); this.card = card; } }

  function upload(file, onShare, signal) {
    return new Promise((resolve, reject) => {
      const form = new FormData();
      // The real name never reaches the server's disk: it travels beside the file, as text.
      form.append("files", file, `${crypto.getRandomValues(new Uint32Array(4)).join("")}.song`);
      const request = new XMLHttpRequest();
      request.open("POST", `${(config().root || "").replace(/\/$/, "")}${config().api_prefix || "/gradio_api"}/upload`);
      request.upload.onprogress = (event) => {
        if (onShare && event.lengthComputable) onShare(event.loaded / event.total);
      };
      request.onload = () => {
        if (request.status === 413) reject(new Refused("too-large"));
        else if (request.status !== 200) reject(new Refused("network"));
        else resolve(JSON.parse(request.responseText)[0]);
      };
      request.onerror = () => reject(new Refused("network"));
      // What has arrived whole cannot be taken back: its path is still given, so that the server can be told to delete it.
      let sent = false;
      request.upload.onload = () => { sent = true; };
      if (signal) signal.addEventListener("abort", () => { if (!sent) { request.abort(); reject(new Refused("aborted")); } });
      request.send(form);
    });
  }

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds || 0));
    const two = (value) => String(value).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  };

  /* An element with its text in both languages, shown as the page's own words are. */
  const both = (texts) => ["en", "zh"].map((language) => {
    const word = document.createElement("span");
    word.className = "w";
    word.lang = language === "zh" ? "zh-CN" : "en";
    word.textContent = texts[language];
    return word;
  });

  const NO_SOUND = /\.(jpe?g|png|gif|webp|bmp|tiff?|svg|txt|nfo|log|cue|m3u8?|pls|xspf|pdf|docx?|xlsx?|csv|json|xml|html?|md|db|ini|zip|rar|7z|lrc|sfv|md5|url|lnk|exe|py)$/i;
  const isSound = (name) => !NO_SOUND.test(name) && !name.startsWith(".");

  /* All files of a drop, those in folders too; at most `most` of them from folders. */
  async function dropped(transfer, most) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const plain = [...transfer.files];
    if (!entries.every(Boolean)) return plain;
    const found = [];
    for (const entry of entries) await walk(entry, found, most);
    return found;
  }

  async function walk(entry, found, most) {
    if (found.length >= most) return;
    if (entry.isFile) {
      await new Promise((next) => entry.file((file) => { found.push(file); next(); }, next));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((next) => reader.readEntries(next, () => next([])));
      if (!some.length) return;
      for (const child of some) await walk(child, found, most);
    }
  }

  /* Files dropped while a tab is open: `root` shows that they may be, `take` gets them, those in folders too. */
  function dropZone(root, tab, most, take) {
    const here = (event) => document.body.dataset.tab === tab
      && event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    window.addEventListener("dragover", (event) => { if (here(event)) { event.preventDefault(); root.classList.add("dragging"); } });
    window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) root.classList.remove("dragging"); });
    window.addEventListener("drop", async (event) => {
      if (!here(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      root.classList.remove("dragging");
      take(await dropped(event.dataTransfer, most));
    }, true);
  }

  window.genrelens = { upload, clock, both, isSound, dropZone };
})();
