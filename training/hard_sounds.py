"""The exam for refusing: what the product says of sounds that are no music but near it.

    python -m training.hard_sounds [--bundle FOLDER] [--listen FOLDER]

The sounds were written before any model had heard them, and none is used in training. Speech under noise comes from
the corpus' own clips of `test`, where the corpus is there. Writes `docs/hard-sounds.json` and prints it as a sentence;
`--listen` writes the sounds as WAV instead, to judge the exam itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.codecs import FORMATS, encode
from genrelens.audio.windows import listen
from genrelens.listening.analyze import analyze
from genrelens.listening.model import Model, load_model
from training.corpus import Corpus, corpus_folder
from training.exam_alerts import ALERTS
from training.exam_noises import NOISES
from training.files import write_json
from training.settings import Settings
from training.synthesis import RATE, Random, level, noise, room

__all__ = ["exam_sounds", "examine", "markdown", "speech_under_noise"]

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_VOICES: Final = ("neonbjb__tortoise-tts", "MycroftAI__mimic3-voices")
"""Sources of the corpus that hold nothing but voices; one clip a voice is taken."""
_SPEECH_CLIPS: Final = 16
_SEED: Final = 20261125


def exam_sounds() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Every synthesised sound of the exam: its name, and mono samples at 32 kHz."""
    for number, (name, make) in enumerate((ALERTS | NOISES).items()):
        sound = level(make(np.random.default_rng([_SEED, number])))
        yield name, (sound * min(1.0, 0.98 / np.abs(sound).max())).astype(np.float32)


def speech_under_noise(corpus: Corpus) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Speech of `test` under rain, through a wall, over a telephone, in a hall: the same voices in four ways."""
    voices = {clip.group: clip for clip in corpus.part("test") if clip.source in _VOICES}
    for number, clip in enumerate(list(voices.values())[:_SPEECH_CLIPS]):
        heard = listen(corpus.read(clip), sample_rate=RATE, window_s=10.0, count=1)
        if len(heard.windows):
            way = ("under noise", "through a wall", "by telephone", "in a hall")[number % 4]
            sound = _spoilt(heard.windows[0].astype(np.float64), way, np.random.default_rng([_SEED, 900 + number]))
            yield f"speech {way}, {number // 4 + 1}", level(sound).astype(np.float32)


def examine(model: Model, sounds: Iterator[tuple[str, NDArray[np.float32]]]) -> list[dict[str, Any]]:
    """What the product says of each: its name, whether it was refused, with which probability, and the first genre."""
    rows = []
    for name, samples in sounds:
        answer = analyze(model, samples, sample_rate=RATE)
        rows.append(
            {
                "sound": name,
                "refused": answer.tier == "not_music",
                "not_music": round(answer.not_music or 0.0, 4),
                "first": answer.top[0].id if answer.top else None,
            }
        )
    return rows


def markdown(report: dict[str, Any]) -> str:
    """The report as a paragraph and the list of what was taken for music."""
    text = [f"{report['refused']:.1%} of {len(report['sounds'])} synthesised sounds are refused"]
    if report["speech"]:
        text.append(f", and {report['speech_refused']:.1%} of {len(report['speech'])} voices under noise or in rooms")
    missed = [row for row in (*report["sounds"], *report["speech"]) if not row["refused"]]
    told = "; ".join(f"{row['sound']} ({row['first']}, not-music {row['not_music']:.2f})" for row in missed)
    return "".join(text) + (f". Taken for music: {told}." if missed else ".")


def _spoilt(sound: NDArray[np.float64], way: str, random: Random) -> NDArray[np.float64]:
    length = len(sound) / RATE
    if way == "under noise":
        return level(sound) + 0.5 * level(noise(length, random, 60, 8000, -1))
    if way == "in a hall":
        return room(sound, random, 1.4, 1.0)
    low, high = (60, 500) if way == "through a wall" else (300, 3400)
    spectrum, hertz = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / RATE)
    return level(
        np.fft.irfft(spectrum * ((hertz > low) & (hertz < high)), len(sound))
    ) + 0.003 * random.standard_normal(len(sound))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="folder of the bundle; the shipped one when left out")
    parser.add_argument("--listen", type=Path, help="write the sounds as WAV into this folder, and do nothing else")
    parser.add_argument("--corpus", type=Path, default=corpus_folder())
    parser.add_argument("--out", type=Path, default=_DOCS)
    options = parser.parse_args()
    if options.listen:
        options.listen.mkdir(parents=True, exist_ok=True)
        form = next(form for form in FORMATS if form.name == "wav 16 bit")
        for name, samples in exam_sounds():
            (options.listen / f"{name.replace(':', '')}.wav").write_bytes(encode(samples[None], RATE, form))
        return
    model = load_model(options.bundle, device="cpu")
    there = (options.corpus / "manifest.csv").exists()
    sounds = examine(model, exam_sounds())
    speech = examine(model, speech_under_noise(Corpus(options.corpus, Settings.seed))) if there else []
    report = {
        "bundle": {"name": model.bundle.name, "version": model.bundle.version, "sha256": model.bundle.model_sha256},
        "refused": round(float(np.mean([row["refused"] for row in sounds])), 4),
        "speech_refused": round(float(np.mean([row["refused"] for row in speech])), 4) if speech else None,
        "sounds": sounds,
        "speech": speech,
    }
    write_json(options.out / "hard-sounds.json", report)
    print(markdown(report))


if __name__ == "__main__":
    main()
