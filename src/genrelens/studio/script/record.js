/* The microphone: window.genrelens.record(root, hooks). Hooks: begin() before, done(blob, name), failed(), state(name). */
(() => {
  "use strict";
  const RECORD_AT_MOST_S = 300;
  let recorder = null;

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

  async function kept(chunks, hooks) {
    try {
      // As WAV: what recorders write lacks a length, and players and decoders stumble over that.
      const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(await new Blob(chunks).arrayBuffer());
      hooks.done(wav(sound), "recording.wav");
    } catch {
      hooks.done(new Blob(chunks), "recording.webm");
    }
  }

  window.genrelens.record = async (root, hooks) => {
    if (recorder) return;
    const $ = (selector) => root.querySelector(selector);
    hooks.begin();
    let stream;
    try {
      // What makes speech clear makes music wrong: all of it off.
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    } catch {
      return hooks.failed();
    }
    const before = root.dataset.state;
    const chunks = [];
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = (event) => chunks.push(event.data);
    const context = new AudioContext();
    const meter = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(meter);
    const samples = new Float32Array(meter.fftSize);
    const started = performance.now();
    let wanted = true;
    const tick = () => {
      if (!recorder) return;
      const seconds = (performance.now() - started) / 1000;
      meter.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      $(".level span").style.width = `${Math.min(100, 100 * level ** 0.5)}%`;
      $(".recorded").textContent = window.genrelens.clock(seconds);
      if (seconds >= RECORD_AT_MOST_S) recorder.stop();
      else requestAnimationFrame(tick);
    };
    recorder.onstop = async () => {
      recorder = null;
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      if (wanted) await kept(chunks, hooks);
      else hooks.state(before);
    };
    $(".record-stop").onclick = () => recorder && recorder.stop();
    $(".record-cancel").onclick = () => { wanted = false; if (recorder) recorder.stop(); };
    recorder.start(1000);
    $(".recorded").textContent = "0:00";
    hooks.state("recording");
    $(".record-stop").focus();
    tick();
  };
})();
