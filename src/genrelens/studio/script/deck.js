/* The player: draws a song's wave from the browser's own copy, plays it, shows sections, and lets a part be chosen.
   window.genrelens.deck(root) -> the deck; `root` holds the HTML of listen.py's hero. */
(() => {
  "use strict";
  const DRAW_AT_MOST_S = 900; // decoded in the browser's memory: 0.3 GB for 15 minutes of stereo
  const BUCKETS = 1600;
  const DRAG_FROM_PX = 6; // less is a click, which moves the playhead
  const SHORTEST_PART_S = 0.5;
  const SVG = "http://www.w3.org/2000/svg";

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

  window.genrelens.deck = (root) => {
    const $ = (selector) => root.querySelector(selector);
    const audio = $("audio"), wave = $(".wave"), svg = wave.querySelector("svg");
    const { clock } = window.genrelens;
    let peaks = null, heard = [], sections = [], duration = 0, part = null, stopAt = null, loading = 0;

    function draw() {
      const bars = Math.max(30, Math.floor(Math.max(60, wave.clientWidth) / 4));
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
      svg.querySelector("#clip-heard").replaceChildren(...heard.map(({ start, end }) => {
        const box = document.createElementNS(SVG, "rect");
        box.setAttribute("x", scale(start));
        box.setAttribute("width", Math.max(1, scale(end) - scale(start)));
        box.setAttribute("height", 100);
        return box;
      }));
      wave.classList.toggle("pending", !peaks);
      drawMarks();
      drawPart();
      if (duration) $(".length").textContent = clock(Math.round(duration));
      wave.setAttribute("aria-valuemax", String(Math.round(duration)));
      follow();
    }

    function drawMarks() {
      const shown = sections.length ? sections : heard;
      $(".marks").classList.toggle("is-sections", sections.length > 0);
      $(".marks").replaceChildren(...shown.map((piece, index) => {
        const mark = document.createElement("button");
        mark.type = "button";
        mark.className = "mark";
        mark.tabIndex = -1;
        mark.setAttribute("aria-hidden", "true");
        mark.dataset.seek = piece.start;
        if (sections.length) mark.dataset.section = index;
        mark.style.left = `${(100 * piece.start) / duration}%`;
        mark.style.width = `${(100 * (piece.end - piece.start)) / duration}%`;
        mark.style.background = piece.colour;
        return mark;
      }));
    }

    function drawPart() {
      const box = $(".chosen");
      box.hidden = !part || !duration;
      if (box.hidden) return;
      box.style.left = `${(100 * part.start) / duration}%`;
      box.style.width = `${(100 * (part.end - part.start)) / duration}%`;
    }

    function follow() {
      const now = audio.currentTime || 0;
      if (stopAt !== null && now >= stopAt) { stopAt = null; audio.pause(); }
      const width = Number((svg.getAttribute("viewBox") || "0 0 1 1").split(" ")[2]);
      svg.querySelector("#clip-played rect").setAttribute("width", duration ? (width * Math.min(now, duration)) / duration : 0);
      $(".now").textContent = clock(now);
      wave.setAttribute("aria-valuenow", String(Math.round(now)));
      wave.setAttribute("aria-valuetext", `${clock(now)} / ${clock(duration)}`);
      if (!audio.paused) requestAnimationFrame(follow);
    }

    const seek = (seconds) => {
      if (!audio.src || !duration) return;
      stopAt = null;
      audio.currentTime = Math.min(Math.max(0, seconds), Math.max(0, duration - 0.05));
      follow();
    };
    const play = () => audio.play().catch(() => {});
    const toggle = () => (audio.paused ? play() : audio.pause());

    function choose(start, end) {
      const [a, b] = [Math.max(0, Math.min(start, end)), Math.min(duration || Infinity, Math.max(start, end))];
      part = b - a >= SHORTEST_PART_S ? { start: a, end: b } : null;
      drawPart();
      root.dispatchEvent(new CustomEvent("deck:part", { detail: part }));
    }

    async function load(blob) {
      const mine = ++loading;
      if (audio.src) URL.revokeObjectURL(audio.src);
      if (!blob.size) return;
      const ready = new Promise((resolve) => {
        audio.addEventListener("loadedmetadata", () => resolve(true), { once: true });
        audio.addEventListener("error", () => resolve(false), { once: true });
      });
      audio.src = URL.createObjectURL(blob);
      // Not playable here: the answer does not need it, and the player says so.
      if (!(await ready) || mine !== loading) return;
      if (audio.duration > DRAW_AT_MOST_S) { $(".no-wave").hidden = false; return; }
      try {
        // Resampled to a low rate: peaks need no more.
        const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await blob.arrayBuffer());
        if (mine !== loading) return;
        peaks = measure(sound);
        if (!duration) duration = sound.duration;
        draw();
      } catch { /* playable but not decodable in one piece: no wave */ }
    }

    function clear() {
      loading += 1;
      peaks = null; heard = []; sections = []; duration = 0; stopAt = null;
      audio.pause();
      for (const note of root.querySelectorAll(".note")) note.hidden = true;
      $(".length").textContent = "";
      $(".play").disabled = true;
      choose(0, 0);
      draw();
    }

    audio.addEventListener("loadedmetadata", () => {
      if (!duration && Number.isFinite(audio.duration)) duration = audio.duration;
      $(".play").disabled = false;
      draw();
    });
    audio.addEventListener("error", () => { if (audio.getAttribute("src")) $(".unplayable").hidden = false; });
    for (const name of ["play", "pause", "ended"]) {
      audio.addEventListener(name, () => { root.classList.toggle("playing", !audio.paused); follow(); });
    }
    audio.addEventListener("seeked", follow);
    $(".play").addEventListener("click", toggle);

    wave.addEventListener("pointerdown", (event) => {
      const box = wave.getBoundingClientRect();
      const at = (moved) => (duration * Math.min(Math.max(0, moved.clientX - box.left), box.width)) / box.width;
      const from = at(event);
      const move = (moved) => { if (Math.abs(moved.clientX - event.clientX) >= DRAG_FROM_PX) choose(from, at(moved)); };
      const stop = (moved) => {
        window.removeEventListener("pointermove", move);
        if (Math.abs(moved.clientX - event.clientX) < DRAG_FROM_PX) seek(from);
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", stop, { once: true });
    });
    wave.addEventListener("keydown", (event) => {
      const steps = { ArrowDown: -5, ArrowUp: 5, PageDown: -30, PageUp: 30 };
      if (event.key in steps) seek(audio.currentTime + steps[event.key]);
      else if (event.key === "Home") seek(0);
      else if (event.key === "End") seek(duration);
      else if (event.key === "Enter") toggle();
      else return; // space and the arrows to the side are the whole page's: keys.js
      event.preventDefault();
    });
    new ResizeObserver(draw).observe(wave);
    draw();

    return {
      load, clear, seek, play, toggle, choose,
      playPart(start, end) { seek(start); stopAt = end; play(); },
      pause: () => audio.pause(),
      show(found) {
        if (found.duration) duration = found.duration;
        if (found.heard) heard = found.heard;
        if (found.sections) sections = found.sections;
        draw();
      },
      get part() { return part; },
      get sections() { return sections; },
      get duration() { return duration; },
      get now() { return audio.currentTime || 0; },
    };
  };
})();
