"""The scales of `insight/timbre.py`, from the music clips of `validation`: what counts as dark, bright and driven.

Prints the constants, and what they are worth: how often both halves of a clip get the same word, the mean energy of each
genre, and the percussive share of rendered pieces with and without drums.

    python -m benchmarks.timbre_scale [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scores import pieces
from genrelens.audio.song import read_song
from genrelens.errors import AudioError
from genrelens.insight.timbre import Measures, measure, timbre_of
from training.corpus import Corpus, corpus_folder

__all__ = ["main"]

_SCORES: Final = 60
_SCORES_SEED: Final = 903


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    parser = argparse.ArgumentParser(prog="benchmarks.timbre_scale", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    corpus = Corpus(corpus_folder(), seed=0)
    rows, labels, words = [], [], []
    for clip in corpus.part("choosing", "calibrating"):
        if not clip.is_music:
            continue
        try:
            song = read_song(corpus.read(clip))
        except AudioError:
            continue
        middle = song.duration_s / 2
        halves = song.part(0, middle), song.part(middle, song.duration_s)
        found = [measure(part) for part in (song, *halves)]
        if any(one is None for one in found):
            continue
        rows.append([_values(one) for one in found if one is not None])
        labels.append(clip.label)
        words.append([timbre_of(part) for part in (song, *halves)])
    figures = _constants(np.array(rows)) | _worth(labels, words) | _drums()
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _values(found: Measures) -> list[float]:
    return [float(np.log(found.centroid_hz)), found.percussive, float(np.log(found.flux)), found.density]


def _constants(values: NDArray[np.float64]) -> dict[str, Any]:
    """From [clips, (whole, first half, second half), measures]."""
    whole = values[:, 0]
    centre, spread = np.median(whole, axis=0), whole.std(axis=0)
    energy = ((whole - centre) / spread).mean(axis=1)
    halves = values[:, 1, 0] - values[:, 2, 0]
    return {
        "clips": len(values),
        "dark_below_hz": float(np.exp(np.percentile(whole[:, 0], 25))),
        "bright_above_hz": float(np.exp(np.percentile(whole[:, 0], 75))),
        # Two halves differ by their own two deviations; one part lies off the song's mean by one of them.
        "centroid_doubt": float(np.sqrt(np.mean(halves**2) / 2)),
        "scales": [[round(float(a), 4), round(float(b), 4)] for a, b in zip(centre, spread, strict=True)],
        "energy_spread": float(energy.std()),
    }


def _worth(labels: Sequence[str], words: Sequence[Sequence[Any]]) -> dict[str, Any]:
    both = [(first.brightness, second.brightness) for _, first, second in words]
    said = [pair for pair in both if None not in pair]
    energies = defaultdict(list)
    for label, (whole, *_) in zip(labels, words, strict=True):
        energies[label].append(whole.energy)
    return {
        "brightness_said": float(np.mean([whole.brightness is not None for whole, *_ in words])),
        "halves_same_word": float(np.mean([first == second for first, second in said])) if said else None,
        "energy_by_genre": {
            label: round(float(np.mean(found)), 3)
            for label, found in sorted(energies.items(), key=lambda item: -np.mean(item[1]))
        },
    }


def _drums() -> dict[str, Any]:
    shares: dict[bool, list[float]] = {True: [], False: []}
    for song, truth in pieces(_SCORES, _SCORES_SEED):
        share = timbre_of(song).percussive_share
        if share is not None:
            shares[truth.drums].append(share)
    above = [a > b for a in shares[True] for b in shares[False]]
    return {"percussive_share": {("drums" if drums else "no_drums"): round(float(np.mean(found)), 3)
                                 for drums, found in shares.items()},
            "drums_above_no_drums": round(float(np.mean(above)), 3)}  # fmt: skip


if __name__ == "__main__":
    main()
