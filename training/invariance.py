"""What must not decide a genre: the same clip at other rates and levels, encoded, filtered, moved, played in a room.

    python -m training.invariance [--bundle FOLDER] [--part test] [--clips 120]

For each way of changing a clip: how often the first genre changes, and how far its probability moves, through the
product's own path; and what the product should say. Writes `docs/invariance.json` and prints it as a table. Clips are
spread over the manifest, which is sorted by genre, one a song; the reference is the clip decoded at 48 kHz, brought
to a peak of -7 dBFS (so that +6 dB does not clip), as a mono float WAV.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from genrelens.audio.codecs import FORMATS, Format, encode
from genrelens.audio.decode import Track
from genrelens.audio.sources import Limits, open_source
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import analyze
from genrelens.listening.model import Model, load_model
from training.corpus import Clip, Corpus, corpus_folder
from training.files import write_json
from training.phone import phone_recording
from training.settings import Settings

__all__ = ["CHANGES", "Change", "decoded", "markdown", "measure", "some_clips"]

Samples = NDArray[np.float32]

RATE: Final = 48_000
_PEAK: Final = 10 ** (-7 / 20)
_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_BY_NAME: Final = {form.name: form for form in FORMATS}
_FLOAT, _WAV, _FLAC = (_BY_NAME[name] for name in ("wav float", "wav 16 bit", "flac"))
_SHIFT_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Change:
    """One way of changing a clip.

    Attributes:
        name: Of the change.
        group: "rate and channels", "level", "codec", "band", "place and speed" or "damage".
        expected: What the product should say.
        make: Mono samples [n] at 48 kHz and random numbers to the bytes of a file.
    """

    name: str
    group: str
    expected: str
    make: Callable[[Samples, np.random.Generator], bytes]


def decoded(data: bytes) -> Samples:
    """A corpus clip as mono samples [n] at 48 kHz with its peak at -7 dBFS."""
    with open_source(data, Limits()) as source, Track(source, Limits()) as track:
        samples = next(track.read([(0, 60 * track.probe.sample_rate)])).mean(axis=0)
        rate = track.probe.sample_rate
    samples = samples if rate == RATE else soxr.resample(samples, rate, RATE)
    return (samples * (_PEAK / max(float(np.abs(samples).max()), 1e-6))).astype(np.float32)


def some_clips(corpus: Corpus, parts: Sequence[str], count: int) -> list[Clip]:
    """Music clips of the parts, spread evenly over the manifest."""
    music = [clip for clip in corpus.part(*parts) if clip.is_music]
    return music[:: max(1, len(music) // count)][:count]


def measure(model: Model, clips: Sequence[Samples], changes: Sequence[Change]) -> list[dict[str, Any]]:
    """For each change: share with the same first genre, and how far the first genre's and any probability moves."""
    references = [analyze(model, encode(clip[None], RATE, _FLOAT)) for clip in clips]
    rows = []
    for change in changes:
        answers = [
            analyze(model, change.make(clip, np.random.default_rng([7, number]))) for number, clip in enumerate(clips)
        ]
        pairs = list(zip(references, answers, strict=True))
        moved = [abs(_of(after, before.top[0].id) - before.top[0].probability) for before, after in pairs]
        most = [max(abs(_of(after, score.id) - score.probability) for score in before.top) for before, after in pairs]
        rows.append(
            {
                "change": change.name,
                "group": change.group,
                "same_first": round(float(np.mean([_first(a) == _first(b) for a, b in pairs])), 4),
                "moved_mean": round(float(np.mean(moved)), 4),
                "moved_95": round(float(np.quantile(moved, 0.95)), 4),
                "moved_most": round(float(np.max(most)), 4),
                "refused": round(float(np.mean([after.tier == "not_music" for _, after in pairs])), 4),
                "expected": change.expected,
            }
        )
    return rows


def markdown(report: dict[str, Any]) -> str:
    """The report as a table for people."""
    lines = [
        "| change | same first genre | its probability moves: mean | 95 % of clips within | what should be said |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['change']} | {row['same_first']:.3f} | {row['moved_mean']:.3f} | {row['moved_95']:.3f} "
        f"| {row['expected']} |"
        for row in report["changes"]
    ]
    return "\n".join(lines)


def _first(answer: Analysis) -> str:
    return answer.top[0].id if answer.top else ""


def _of(answer: Analysis, label: str) -> float:
    return next((score.probability for score in answer.top if score.id == label), 0.0)


def _at(samples: Samples, rate: int) -> Samples:
    return samples if rate == RATE else soxr.resample(samples, RATE, rate, quality="VHQ").astype(np.float32)


def _rate(rate: int) -> Callable[[Samples, np.random.Generator], bytes]:
    return lambda samples, _: encode(_at(samples, rate)[None], rate, _WAV)


def _gain(decibels: float, form: Format) -> Callable[[Samples, np.random.Generator], bytes]:
    return lambda samples, _: encode(samples[None] * np.float32(10 ** (decibels / 20)), RATE, form)


def _coded(form: Format, channels: int = 1) -> Callable[[Samples, np.random.Generator], bytes]:
    return lambda samples, _: encode(np.repeat(samples[None], channels, 0), RATE, form)


def _wide(samples: Samples, random: np.random.Generator) -> bytes:
    """Stereo of which the mean is the clip: a delayed, softer copy added to one side and taken off the other."""
    side = 0.3 * np.roll(samples, round(random.uniform(0.003, 0.02) * RATE))
    return encode(np.stack([samples + side, samples - side]), RATE, _FLAC)


def _low_pass(samples: Samples, _: np.random.Generator) -> bytes:
    return encode(_at(soxr.resample(_at(samples, 16_000), 16_000, RATE), RATE)[None].astype(np.float32), RATE, _WAV)


def _phone(samples: Samples, random: np.random.Generator) -> bytes:
    return encode(phone_recording(samples, RATE, random)[None], RATE, Format("phone", "ipod", "aac", "fltp", 64_000))


def _moved(start_s: float, end_s: float) -> Callable[[Samples, np.random.Generator], bytes]:
    def make(samples: Samples, _: np.random.Generator) -> bytes:
        # At least a second stays, however short the clip is.
        first = max(0, min(round(start_s * RATE), len(samples) - RATE))
        last = max(RATE, len(samples) - round(end_s * RATE))
        return encode(samples[first:last][None], RATE, _WAV)

    return make


def _speed(factor: float) -> Callable[[Samples, np.random.Generator], bytes]:
    return lambda samples, _: encode(
        soxr.resample(samples, RATE * factor, RATE, quality="HQ")[None].astype(np.float32), RATE, _WAV
    )


def _clipped(samples: Samples, _: np.random.Generator) -> bytes:
    """So loud that three samples in a hundred are cut off."""
    limit = float(np.quantile(np.abs(samples), 0.97)) + 1e-6
    return encode(np.clip(samples / limit, -1, 1)[None].astype(np.float32), RATE, _WAV)


_SAME: Final = "the same genre"
_LESS_SURE: Final = "the same genre, a little less sure"
_OTHER_BARS: Final = "the same genre; other bars may be another mixture"
_ROUNDING: Final = "TOO_QUIET, and a doubt: rounding noise is then part of the sound"
CHANGES: Final = (
    *(Change(f"wav {k:g} kHz", "rate and channels", _SAME, _rate(round(1000 * k))) for k in (44.1, 48, 96, 192)),
    Change("flac 44.1 kHz", "rate and channels", _SAME, lambda s, _: encode(_at(s, 44_100)[None], 44_100, _FLAC)),
    Change("stereo, both sides alike", "rate and channels", _SAME, _coded(_FLAC, 2)),
    Change("stereo, wide", "rate and channels", _SAME, _wide),
    *(Change(f"{gain:+d} dB", "level", _SAME, _gain(gain, _FLOAT)) for gain in (-40, -20, -6, 6)),
    *(Change(f"{gain:+d} dB, 16 bit", "level", _SAME, _gain(gain, _WAV)) for gain in (-6, -20)),
    Change("-40 dB, 16 bit", "level", _ROUNDING, _gain(-40, _WAV)),
    *(
        Change(f"mp3 {rate} kbit/s", "codec", _SAME, _coded(Format("mp3", "mp3", "libmp3lame", "fltp", rate * 1000)))
        for rate in (320, 128, 64)
    ),
    Change("opus 32 kbit/s", "codec", _SAME, _coded(Format("opus", "ogg", "libopus", "flt", 32_000, 48_000))),
    Change("aac 96 kbit/s", "codec", _SAME, _coded(Format("aac", "ipod", "aac", "fltp", 96_000))),
    Change("wav 22.05 kHz", "band", _SAME, _rate(22_050)),
    Change("wav 16 kHz", "band", _LESS_SURE, _rate(16_000)),
    Change("low-pass 8 kHz", "band", _LESS_SURE, _low_pass),
    Change("wav 11.025 kHz", "band", "a doubt: half the band is gone", _rate(11_025)),
    Change("wav 8 kHz", "band", "a doubt: it sounds like a telephone", _rate(8_000)),
    Change("3 s later", "place and speed", _OTHER_BARS, _moved(_SHIFT_S, 0)),
    Change("3 s earlier end", "place and speed", _OTHER_BARS, _moved(0, _SHIFT_S)),
    Change("2 % faster", "place and speed", _SAME, _speed(1.02)),
    Change("2 % slower", "place and speed", _SAME, _speed(0.98)),
    Change("3 % of samples clipped", "damage", "CLIPPING, and the same genre", _clipped),
    Change("phone's recording of a loudspeaker", "damage", "the same genre or a doubt: the tier falls", _phone),
)  # fmt: skip
"""All that is measured."""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="folder of the bundle; the shipped one when left out")
    parser.add_argument("--part", default="test", choices=["test", "choosing", "calibrating"])
    parser.add_argument("--clips", type=int, default=120)
    parser.add_argument("--out", type=Path, default=_DOCS)
    options = parser.parse_args()
    model = load_model(options.bundle, device="cpu")
    corpus = Corpus(corpus_folder(), Settings.seed)
    clips = [decoded(corpus.read(clip)) for clip in some_clips(corpus, [options.part], options.clips)]
    rows = measure(model, clips, CHANGES)
    groups = {row["group"]: [r["same_first"] for r in rows if r["group"] == row["group"]] for row in rows}
    report = {
        "bundle": {"name": model.bundle.name, "version": model.bundle.version, "sha256": model.bundle.model_sha256},
        "part": options.part,
        "clips": len(clips),
        "groups": {group: round(float(np.mean(shares)), 4) for group, shares in groups.items()},
        "changes": rows,
    }
    write_json(options.out / "invariance.json", report)
    print(markdown(report))
    print(report["groups"])


if __name__ == "__main__":
    main()
