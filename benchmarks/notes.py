"""Listening notes against known truth: rendered scores, -23 LUFS tones, and corpus clips whose halves must agree.

    python -m benchmarks.notes [--count 220] [--seed 900] [--clips 100] [--part test|validation] [--json FILE]

The bar: what is said is right at least 90 % of the time; the metre is said on at least 40 % of the scores, key and
tempo on 70 %; on clips whose halves both have a tempo, the two agree (half and double allowed) in 85 %.

What counts as right:

- Tempo: within 4 % of the score's. If it is not, but the tempo named beside it as half or double is, that counts too;
  "strict" is without this. 6/8 may be counted in dotted quarters or in eighths.
- Metre: the number of beats a bar in the score, nothing else: 2 for 4, 3 for 6 and 6 for 3 are wrong. Only 6/8 has two
  right answers, 6 (eighths) and 2 (dotted quarters), because conductors beat both.
- Key: tonic and mode. Loudness: within 0.1 LU, as EBU Tech 3341 asks.
- Beats: F-measure with 70 ms on the pieces whose tempo is strictly right.

Thresholds and weights come from scores with other seeds (`rhythm_fit.SEEDS`) and from `train` and `validation` clips.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.rhythm_fit import right_metre, right_tempo, same_tempo
from benchmarks.scores import CATEGORIES, RATE, Truth, pieces
from genrelens.audio.song import Song, read_song
from genrelens.errors import GenreLensError
from genrelens.insight.loudness import loudness_of
from genrelens.insight.rhythm import Rhythm, rhythm_of
from genrelens.insight.tonality import KeyName, key_of

__all__ = ["Heard", "halves", "main", "scores", "tones"]

BARS: Final = {"right": 0.9, "tempo": 0.7, "metre": 0.4, "key": 0.7, "halves": 0.85}
_BEAT_S: Final = 0.07
_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said of one piece and whether it is right; None where nothing was said."""

    truth: Truth
    tempo: bool | None
    tempo_strict: bool | None
    metre: bool | None
    key: bool | None
    beats: float | None
    downbeats: bool | None
    seconds: float
    said: dict[str, Any]


def scores(count: int, seed: int) -> list[Heard]:
    """Look at rendered pieces."""
    return [_heard(song, truth) for song, truth in pieces(count, seed)]


def _heard(song: Song, truth: Truth) -> Heard:
    began = time.process_time()
    rhythm = rhythm_of(song)
    seconds = time.process_time() - began
    key = key_of(song).name
    strict = None if rhythm.tempo_bpm is None else right_tempo(rhythm.tempo_bpm, truth)
    named = rhythm.alternative_bpm is not None and right_tempo(rhythm.alternative_bpm, truth)
    said = {"name": truth.name, "tempo_bpm": rhythm.tempo_bpm, "alternative_bpm": rhythm.alternative_bpm,
            "metre": rhythm.metre, "tempo_certainty": rhythm.tempo_certainty,
            "metre_certainty": rhythm.metre_certainty, "key": key and f"{key.tonic} {key.mode}",
            "true_bpm": truth.tempo_bpm, "true_metre": truth.beats, "style": truth.style}  # fmt: skip
    return Heard(
        truth=truth,
        tempo=None if strict is None else strict or named,
        tempo_strict=strict,
        metre=None if rhythm.metre is None else right_metre(rhythm.metre, truth),
        key=None if key is None else _right_key(key, truth),
        beats=_beat_f(rhythm, truth) if strict else None,
        downbeats=_right_downbeats(rhythm, truth),
        seconds=seconds,
        said=said,
    )


def _right_key(key: KeyName, truth: Truth) -> bool:
    step = (_LETTERS[key.tonic[0]] + key.tonic.count("#") - key.tonic.count("b")) % 12
    return step == truth.tonic and key.mode == truth.mode


def _met(found: Sequence[float], true: Sequence[float]) -> int:
    """How many of `found` lie within 70 ms of one of `true`."""
    if not len(found) or not len(true):
        return 0
    return int((np.abs(np.subtract.outer(found, true)).min(axis=1) <= _BEAT_S).sum())


def _beat_f(rhythm: Rhythm, truth: Truth) -> float:
    """F-measure of the beats, for the true pulse that the tempo names."""
    true = np.array(truth.beats_s)
    if truth.compound and rhythm.tempo_bpm and rhythm.tempo_bpm > 2 * truth.tempo_bpm:
        true = np.interp(np.arange(0, len(true) - 1 + 1e-9, 1 / 3), np.arange(len(true)), true)
    found = [at for at in rhythm.beats_s if true[0] - _BEAT_S <= at <= true[-1] + _BEAT_S]
    return 2 * _met(found, list(true)) / max(1, len(found) + len(true))


def _right_downbeats(rhythm: Rhythm, truth: Truth) -> bool | None:
    """Whether nine in ten of the bars said begin where one does; None where no bars are said or the metre is wrong."""
    found = [at for at in rhythm.downbeats_s if at <= truth.downbeats_s[-1] + _BEAT_S]
    if not found or rhythm.metre is None or not right_metre(rhythm.metre, truth):
        return None
    return _met(found, truth.downbeats_s) >= 0.9 * len(found)


def halves(clips: int, part: str, seed: int = 0) -> dict[str, Any]:
    """Of music clips: how often the halves both have a tempo, and how often the two agree."""
    from training.corpus import Corpus, corpus_folder

    corpus = Corpus(corpus_folder(), seed=0)
    wanted = ("test",) if part == "test" else ("choosing", "calibrating")
    music = [clip for clip in corpus.part(*wanted) if clip.is_music and clip.duration_s >= 15]
    chosen = np.random.default_rng(seed).permutation(len(music))[:clips]
    said: list[tuple[float, float]] = []
    metres: dict[str, int] = {}
    whole = 0
    for index in chosen:
        try:
            song = read_song(corpus.read(music[index]))
        except GenreLensError:
            continue
        full = rhythm_of(song)
        whole += full.tempo_bpm is not None
        metres[str(full.metre)] = metres.get(str(full.metre), 0) + 1
        middle = (song.start_s + song.end_s) / 2
        first, second = rhythm_of(song.part(song.start_s, middle)), rhythm_of(song.part(middle, song.end_s))
        if first.tempo_bpm is not None and second.tempo_bpm is not None:
            said.append((first.tempo_bpm, second.tempo_bpm))
    agree = [any(same_tempo(a * ratio, b) for ratio in (1.0, 2.0, 0.5)) for a, b in said]
    return {
        "clips": len(chosen), "whole_said": whole, "both_said": len(said), "agree": _share(agree),
        "same": _share([same_tempo(a, b) for a, b in said]), "metres": dict(sorted(metres.items())),
    }  # fmt: skip


def quiet_about_noise(part: str, seed: int = 0, clips: int = 60) -> dict[str, Any]:
    """Of clips that are not music: how often a tempo or a metre is said all the same (machines do beat)."""
    from training.corpus import Corpus, corpus_folder

    corpus = Corpus(corpus_folder(), seed=0)
    wanted = ("test",) if part == "test" else ("choosing", "calibrating")
    noises = [clip for clip in corpus.part(*wanted) if not clip.is_music and clip.duration_s >= 6]
    said = []
    for index in np.random.default_rng(seed).permutation(len(noises))[:clips]:
        try:
            said.append(rhythm_of(read_song(corpus.read(noises[index]))))
        except GenreLensError:
            continue
    return {
        "clips": len(said),
        "tempo_said": _share([rhythm.tempo_bpm is not None for rhythm in said]),
        "metre_said": _share([rhythm.metre is not None for rhythm in said]),
    }


def tones() -> list[dict[str, Any]]:
    """The sine tones of EBU Tech 3341 that shall read -23 LUFS (one -33), and what is read."""
    cases: dict[str, tuple[list[tuple[float, float]], float]] = {
        "-23 dBFS": ([(-23, 20)], -23.0),
        "-33 dBFS": ([(-33, 20)], -33.0),
        "-36, -23, -36": ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        "-72, -36, -23, -36, -72": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        "-26, -20, -26": ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    }
    rows = []
    for name, (steps, wanted) in cases.items():
        song = read_song(_tone(steps), sample_rate=RATE, source_rate=RATE)
        read = loudness_of(song).integrated_lufs
        rows.append({"tone": name, "wanted": wanted, "read": read, "right": abs((read or 0) - wanted) <= 0.1})
    return rows


def _tone(steps: Iterable[tuple[float, float]]) -> NDArray[np.float32]:
    """A stereo sine of 1 kHz: (dB re full scale of its peak, seconds), one step after the other."""
    level = np.concatenate([np.full(round(seconds * RATE), 10 ** (db / 20)) for db, seconds in steps])
    tone = level * np.sin(2 * np.pi * 1000 * np.arange(len(level)) / RATE)
    return np.stack([tone, tone]).astype(np.float32)


def _share(values: Iterable[bool]) -> float | None:
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else None


def _row(heard: Sequence[Heard]) -> dict[str, Any]:
    row: dict[str, Any] = {"pieces": len(heard)}
    for what in ("tempo", "tempo_strict", "metre", "key", "downbeats"):
        answers = [getattr(one, what) for one in heard]
        said = [answer for answer in answers if answer is not None]
        row[f"{what}_said"] = round(len(said) / max(1, len(heard)), 4)
        row[f"{what}_right"] = _share(said)
    beats = [one.beats for one in heard if one.beats is not None]
    row["beat_f"] = round(float(np.mean(beats)), 4) if beats else None
    return row


def report(heard: Sequence[Heard]) -> dict[str, dict[str, Any]]:
    """Shares said and right, of all pieces, of each category and of each metre."""
    groups = {"all": list(heard)}
    for category in CATEGORIES:
        groups[category] = [one for one in heard if one.truth.category == category]
    for beats in range(2, 8):
        groups[f"{beats} beats"] = [one for one in heard if one.truth.beats == beats and not one.truth.compound]
    groups["6/8"] = [one for one in heard if one.truth.compound]
    return {name: _row(group) for name, group in groups.items() if group}


def _print(table: dict[str, dict[str, Any]]) -> None:
    print(f"{'':14}{'n':>4}  {'tempo said/right/strict':>24}  {'metre said/right':>17}  {'key said/right':>15}"
          f"  {'bars said/right':>16}  {'beat F':>7}")  # fmt: skip
    for name, row in table.items():
        cells = [_cell(row, keys) for keys in (("tempo_said", "tempo_right", "tempo_strict_right"),
                 ("metre_said", "metre_right"), ("key_said", "key_right"),
                 ("downbeats_said", "downbeats_right"), ("beat_f",))]  # fmt: skip
        print(f"{name:14}{row['pieces']:4}  {cells[0]:>24}  {cells[1]:>17}  {cells[2]:>15}  {cells[3]:>16}"
              f"  {cells[4]:>7}")  # fmt: skip


def _cell(row: dict[str, Any], keys: Sequence[str]) -> str:
    return " / ".join("-" if row[key] is None else f"{row[key]:.3f}" for key in keys)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 where every bar that could be measured is met."""
    parser = argparse.ArgumentParser(prog="benchmarks.notes", description="Listening notes against known truth.")
    parser.add_argument("--count", type=int, default=220)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--part", choices=("test", "validation"), default="test")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    heard = scores(options.count, options.seed)
    table = report(heard)
    document: dict[str, Any] = {"scores": table, "tones": tones(), "seconds_cpu": sum(h.seconds for h in heard)}
    _print(table)
    for tone in document["tones"]:
        print(f"tone {tone['tone']}: {tone['read']:.2f} LUFS, wanted {tone['wanted']:.1f}")
    if options.clips:
        document["halves"] = halves(options.clips, options.part)
        document["not_music"] = quiet_about_noise(options.part)
        print("halves:", document["halves"])
        print("not music:", document["not_music"])
    misses = _misses(document)
    print("bars missed:", ", ".join(misses) or "none")
    document["misses"] = misses
    if options.json:
        document["pieces"] = [one.said for one in heard]
        options.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return 1 if misses else 0


def _misses(document: dict[str, Any]) -> list[str]:
    whole = document["scores"]["all"]
    misses = []
    for what in ("tempo", "metre", "key"):
        if whole[f"{what}_right"] is None:
            continue  # nothing was there to ask
        misses += [f"{what} right"] if whole[f"{what}_right"] < BARS["right"] else []
        misses += [f"{what} said"] if whole[f"{what}_said"] < BARS[what] else []
    misses += ["tones"] if any(not tone["right"] for tone in document["tones"]) else []
    agree = document.get("halves", {}).get("agree")
    misses += ["halves"] if agree is not None and agree < BARS["halves"] else []
    return misses


if __name__ == "__main__":
    raise SystemExit(main())
