"""Does the wrapping of a song change its genre? The same clip as mp3, flac, wav, mono, stereo, louder, softer.

    python -m benchmarks.robustness [--clips 30] [--json]

Thirty clips of the corpus' `validation` split, spread over the genres, each decoded once, brought to a peak of -7 dBFS
(so that +6 dB does not clip) and written in every variant; the reference is the 48 kHz mono float wav. Printed for each
variant: the share with the same first genre, and how far the probability of any genre moves.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator

import numpy as np
import soxr
from numpy.typing import NDArray

from genrelens import analyze, load_model
from genrelens.audio.codecs import FORMATS, encode
from genrelens.audio.decode import Track
from genrelens.audio.sources import Limits, open_source
from genrelens.listening.model import Model
from training.corpus import Corpus, corpus_folder

FLAC, MP3 = (next(form for form in FORMATS if form.name == name) for name in ("flac", "mp3"))
WAV = next(form for form in FORMATS if form.name == "wav 16 bit")
FLOAT = next(form for form in FORMATS if form.name == "wav float")
PEAK = 10 ** (-7 / 20)
WRAPPINGS = (
    "mp3 128k",
    "flac 48k",
    "flac 44.1k",
    "wav 44.1k",
    "wav 48k",
    "wav 96k",
    "wav 192k",
    "stereo flac",
    "stereo mp3 128k",
)
GAINS_DB = (-40, -20, -6, 6)


def variants(samples: NDArray[np.float32], rate: int = 48_000) -> Iterator[tuple[str, bytes]]:
    """Every variant of one mono clip [n] as (name, bytes of a file); the first is the reference."""
    mono, stereo = samples[None], np.stack([samples, samples])

    def at(wanted: int) -> NDArray[np.float32]:
        return soxr.resample(samples, rate, wanted, quality="VHQ")[None].astype(np.float32)

    yield "reference", encode(mono, rate, FLOAT)
    yield "flac 48k", encode(mono, rate, FLAC)
    yield "mp3 128k", encode(mono, rate, MP3)
    yield "flac 44.1k", encode(at(44_100), 44_100, FLAC)
    for wanted in (44_100, 48_000, 96_000, 192_000):
        yield f"wav {wanted / 1000:g}k", encode(at(wanted) if wanted != rate else mono, wanted, WAV)
    yield "stereo flac", encode(stereo, rate, FLAC)
    yield "stereo mp3 128k", encode(stereo, rate, MP3)
    for gain in GAINS_DB:
        scaled = mono * np.float32(10 ** (gain / 20))
        yield f"{gain:+d} dB", encode(scaled, rate, FLOAT)
        yield f"{gain:+d} dB 16 bit", encode(scaled, rate, WAV)


def some_clips(corpus: Corpus, count: int) -> list[bytes]:
    """`count` clips of music from `validation`, spread evenly over the manifest, which is sorted by genre."""
    music = [clip for clip in corpus.part("choosing", "calibrating") if clip.is_music]
    return [corpus.read(clip) for clip in music[:: len(music) // count][:count]]


def decoded(data: bytes) -> NDArray[np.float32]:
    """A corpus clip as mono samples [n] at 48 kHz with its peak at -7 dBFS."""
    with open_source(data, Limits()) as source, Track(source, Limits()) as track:
        assert track.probe.sample_rate == 48_000
        samples = next(track.read([(0, 60 * 48_000)])).mean(axis=0)
    return samples * np.float32(PEAK / max(float(np.abs(samples).max()), 1e-6))


def measure(model: Model, clips: list[bytes]) -> dict[str, dict[str, float]]:
    """For each variant: the share with the same first genre, and how far the likeliest to move has moved."""
    same: dict[str, list[bool]] = {}
    moved: dict[str, list[float]] = {}
    for clip in clips:
        reference = None
        for name, data in variants(decoded(clip)):
            answer = analyze(model, data)
            if reference is None:
                reference = answer
                continue
            before = {score.id: score.probability for score in reference.top}
            same.setdefault(name, []).append(answer.top[0].id == reference.top[0].id)
            moved.setdefault(name, []).append(max(abs(score.probability - before[score.id]) for score in answer.top))
    return {
        name: {
            "same_first": statistics.mean(same[name]),
            "moved_median": statistics.median(moved[name]),
            "moved_worst": max(moved[name]),
            "over_0.05": sum(value > 0.05 for value in moved[name]),
        }
        for name in same
    }


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = measure(load_model(device="cpu"), some_clips(Corpus(corpus_folder(), seed=0), options.clips))
    if options.json:
        print(json.dumps(table, indent=2))
        return
    print(f"{'variant':16} same first  moved: median  worst  clips over 0.05")
    for name, row in table.items():
        figures = f"{row['same_first']:10.3f}  {row['moved_median']:13.4f} {row['moved_worst']:6.3f}"
        print(f"{name:16} {figures} {row['over_0.05']:10.0f}")
    wrapped = [table[name]["same_first"] for name in WRAPPINGS]
    print(f"same first genre over all wrappings: {statistics.mean(wrapped):.3f}")


if __name__ == "__main__":
    main()
