"""Rendered test pieces whose tempo, metre, beats and key are known: `pieces(count, seed)`.

Why it exists: the corpus does not say how fast or in which key its songs are. `score_music` writes the pieces,
FluidSynth plays them with one of two General MIDI sound fonts. The same count and seed give the same pieces; the sound
is kept in the temporary folder (`GENRELENS_SCORES` names another) and rendered again where it is missing.

    python -m benchmarks.scores --count 8 --seed 1      lists the pieces and where their sound lies

Needs `apt install fluidsynth fluid-soundfont-gm timgm6mb-soundfont` and the extra `dev`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import mido
import numpy as np
from numpy.typing import NDArray

from benchmarks.score_music import STYLES, compose
from benchmarks.score_plan import Plan, groupings
from examples.scores.writing import TICKS_PER_QUARTER
from genrelens.audio.song import Song, read_song

__all__ = ["CATEGORIES", "RATE", "Truth", "pieces", "truths"]

RATE: Final = 32_000
CATEGORIES: Final = ("plain", "drift", "swing", "no drums", "second font")
"""One thing that makes a piece harder than plain; each with as many pieces."""

FONTS: Final = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/sounds/sf2/TimGM6mb.sf2"))
_METRES: Final = (3, 4, 5, 6, 7, 3, 4, 5, 6, 7, 2)
"""Beats a bar, in turn: two beats are rarer, the issue asks for three to seven."""
_KEYS: Final = tuple((tonic, mode) for mode in ("major", "minor") for tonic in range(12))
_DRIFT: Final = 0.03


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a piece.

    Attributes:
        name: Of the piece; the same for the same seed.
        category: Of `CATEGORIES`.
        style: Of `score_music.STYLES`.
        beats: Beats in a bar: 2 to 7.
        compound: Whether it is 6/8; then `tempo_bpm` and `beats_s` count dotted quarters, two in a bar.
        groups: How the bar is grouped.
        tempo_bpm: Median beats a minute.
        beats_s: Where the beats are, in seconds.
        downbeats_s: Where the bars begin.
        tonic: Pitch class of the key, 0 is C.
        mode: "major" or "minor".
        drums: Whether there is a drummer.
        drift: Share by which the tempo wanders to either side.
        swing: Where off-beats lie in their beat; 0.5 is straight.
        font: File name of the sound font.
    """

    name: str
    category: str
    style: str
    beats: int
    compound: bool
    groups: tuple[int, ...]
    tempo_bpm: float
    beats_s: tuple[float, ...]
    downbeats_s: tuple[float, ...]
    tonic: int
    mode: str
    drums: bool
    drift: float
    swing: float
    font: str

    def to_dict(self) -> dict[str, object]:
        """Plain JSON."""
        return asdict(self)


def pieces(count: int, seed: int) -> Iterator[tuple[Song, Truth]]:
    """Render `count` pieces; stereo, at `RATE`.

    Raises:
        RuntimeError: FluidSynth or a sound font is missing or failed.
    """
    for index in range(count):
        plan, truth, tempos, lead_s = _planned(index, seed)
        yield read_song(_sound(plan, truth, tempos, lead_s), sample_rate=RATE, source_rate=RATE), truth


def truths(count: int, seed: int) -> list[Truth]:
    """What is true of the pieces, without rendering them."""
    return [_planned(index, seed)[1] for index in range(count)]


def _planned(index: int, seed: int) -> tuple[Plan, Truth, list[int], float]:
    """Plan, truth, microseconds of each beat, and the silence before the first one, in seconds."""
    dice = random.Random(f"scores/{seed}/{index}")
    category = CATEGORIES[index % len(CATEGORIES)]
    beats = _METRES[(index // len(CATEGORIES) + index) % len(_METRES)]
    # Keys in an order of their own for each seed, all 24 in turn.
    tonic, mode = random.Random(f"keys/{seed}/{index // 24}").sample(_KEYS, 24)[index % 24]
    compound = beats == 6 and category != "swing" and dice.random() < 0.6
    tempo = dice.uniform(60, 180) if not compound else dice.uniform(60, 130)
    beat_bpm = tempo * 3 if compound else tempo
    seconds = dice.uniform(21, 29)
    bars = max(3, round(seconds * beat_bpm / 60 / beats))
    swing = dice.uniform(0.6, 0.68) if category == "swing" else 0.5
    style = dice.choice(list(STYLES))
    drums = category != "no drums" and style != "chamber"
    groups = dice.choice(groupings(beats, compound))
    plan = Plan(beats, compound, groups, beat_bpm, bars, tonic, mode, swing, drums, style, f"{seed}/{index}")
    tempos = _tempos(plan, category == "drift", dice)
    lead_s = dice.choice((0.0, dice.uniform(0, 1.5)))
    font = FONTS[category == "second font"].name
    return plan, _truth(plan, category, tempos, lead_s, font, f"{seed}-{index}"), tempos, lead_s


def _tempos(plan: Plan, drifts: bool, dice: random.Random) -> list[int]:
    """Microseconds of each beat, with the closing bar: one tempo, or one that wanders by up to 3 % either way."""
    count = (plan.bars + 1) * plan.beats
    place = np.linspace(0, 1, count)
    waves = dice.choice((0.5, 1.0, 2.0)), dice.uniform(0, 2 * np.pi)
    ratio = 1 + _DRIFT * np.sin(2 * np.pi * waves[0] * place + waves[1]) * drifts
    return [round(60e6 / (plan.beat_bpm * share)) for share in ratio]


def _truth(plan: Plan, category: str, tempos: list[int], lead_s: float, font: str, name: str) -> Truth:
    times = lead_s + np.cumsum([0, *tempos]) / 1e6
    times = times[: plan.bars * plan.beats + 1]
    pulses = times[:: 3 if plan.compound else 1]
    return Truth(
        name=name, category=category, style=plan.style, beats=plan.beats, compound=plan.compound, groups=plan.groups,
        tempo_bpm=float(60 / np.median(np.diff(pulses))), beats_s=tuple(pulses.round(4).tolist()),
        downbeats_s=tuple(times[:: plan.beats].round(4).tolist()), tonic=plan.tonic, mode=plan.mode,
        drums=plan.drums, drift=_DRIFT if category == "drift" else 0.0, swing=plan.swing, font=font,
    )  # fmt: skip


def _midi(plan: Plan, tempos: list[int]) -> mido.MidiFile:
    """The composed score with its own tempo for each beat."""
    file = compose(plan).midi()
    head = mido.MidiTrack()
    for index, tempo in enumerate(tempos):
        head.append(mido.MetaMessage("set_tempo", tempo=tempo, time=TICKS_PER_QUARTER if index else 0))
    file.tracks[0] = head
    return file


def _sound(plan: Plan, truth: Truth, tempos: list[int], lead_s: float) -> NDArray[np.float32]:
    """float32 [2, n] at `RATE`, from the cache where it is there."""
    import soundfile

    midi = _midi(plan, tempos)
    folder = Path(os.environ.get("GENRELENS_SCORES") or Path(tempfile.gettempdir()) / "genrelens-scores")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        score, wave = Path(scratch, "score.mid"), Path(scratch, "score.wav")
        midi.save(score)
        digest = hashlib.sha256(score.read_bytes() + truth.font.encode() + repr(lead_s).encode()).hexdigest()[:20]
        kept = folder / f"{digest}.flac"
        if not kept.is_file():
            _play(score, wave, Path(FONTS[0].parent, truth.font))
            samples, _ = soundfile.read(wave, dtype="float32", always_2d=True)
            soundfile.write(Path(scratch, kept.name), _levelled(samples, lead_s, truth.name), RATE)
            Path(scratch, kept.name).replace(kept)
    samples, _ = soundfile.read(kept, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.T)


def _play(score: Path, wave: Path, font: Path) -> None:
    if not font.is_file():
        raise RuntimeError(f"{font} is missing: apt install fluidsynth fluid-soundfont-gm timgm6mb-soundfont")
    command = ["fluidsynth", "-ni", "-q", "-g", "0.3", "-r", str(RATE), "-T", "wav", "-O", "float"]
    done = subprocess.run([*command, "-F", wave, font, score], capture_output=True, text=True, check=False)
    if done.returncode != 0 or not wave.is_file():
        raise RuntimeError(f"fluidsynth failed: {done.stderr.strip()}")


def _levelled(samples: NDArray[np.float32], lead_s: float, name: str) -> NDArray[np.float32]:
    """With silence before it, without the silence after it, at a level that differs from piece to piece."""
    loud = np.abs(samples).max(axis=1)
    last = int(np.flatnonzero(loud > loud.max() * 1e-3)[-1]) + 1
    peak = random.Random(f"level/{name}").uniform(0.3, 0.95)
    quiet = np.zeros((round(lead_s * RATE), 2), np.float32)
    return np.concatenate([quiet, samples[:last] * (peak / loud.max())])


def main(arguments: Sequence[str] | None = None) -> None:
    """List pieces and render them."""
    parser = argparse.ArgumentParser(prog="benchmarks.scores", description="Render test pieces.")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    for song, truth in pieces(options.count, options.seed):
        shape = "6/8" if truth.compound else f"{truth.beats}/4"
        print(
            f"{truth.name:8} {truth.category:12} {truth.style:8} {shape} {truth.tempo_bpm:6.1f} BPM"
            f"  {names[truth.tonic]:2} {truth.mode}  {song.duration_s:5.1f} s  {len(truth.beats_s)} beats"
        )


if __name__ == "__main__":
    main()
