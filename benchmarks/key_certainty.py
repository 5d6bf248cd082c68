"""How sure `insight/tonality.py` may be: fits the sharpness of its probabilities, and counts what is said and right.

Rendered scores of known key, as they are and detuned by up to 40 cents; and the music of `validation`, whose halves
should agree on key and tuning. Not the seed of `benchmarks/notes.py`: that one measures, this one chooses.

    python -m benchmarks.key_certainty [--count 120] [--seed 901] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scores import RATE, pieces
from genrelens.audio.song import Song, read_song
from genrelens.errors import AudioError
from genrelens.insight import tonality
from genrelens.insight.tonality import Key, Tuning, key_fits, tonality_of
from training.corpus import Corpus, corpus_folder

__all__ = ["main"]

_SHARPNESSES: Final = (10.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0, 28.0)
_CENTS: Final = 40.0
_CLOSE_CENTS: Final = 5.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    parser = argparse.ArgumentParser(prog="benchmarks.key_certainty", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=901)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    figures = {"scores": _scores(options.count, options.seed), "validation": _validation()}
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _scores(count: int, seed: int) -> dict[str, Any]:
    dice = random.Random(seed)
    fits, truths, plain, detuned, misses = [], [], [], [], []
    for song, truth in pieces(count, seed):
        index = truth.tonic + 12 * (truth.mode == "minor")
        found = key_fits(song)
        if found is not None:
            fits.append(found)
            truths.append(index)
        plain.append(_right(tonality_of(song)[0], index))
        cents = dice.uniform(-_CENTS, _CENTS)
        key, tuning = tonality_of(_detuned(song, cents))
        detuned.append(_right(key, index))
        if tuning.cents is not None:
            misses.append(abs(tuning.cents - cents))
    return {
        "count": count,
        "log_likelihood_by_sharpness": _likelihoods(np.array(fits), np.array(truths)),
        "plain": _counts(plain),
        "detuned": _counts(detuned),
        "tuning": {"said": len(misses) / count, "within_5_cents": float(np.mean(np.array(misses) <= _CLOSE_CENTS))},
    }


def _detuned(song: Song, cents: float) -> Song:
    """Played faster or slower, as a tape is."""
    return read_song(song.samples, sample_rate=RATE, source_rate=round(RATE * 2 ** (cents / 1200)))


def _right(key: Key, index: int) -> bool | None:
    return None if key.name is None else key.name.pitch_class + 12 * (key.name.mode == "minor") == index


def _counts(found: Sequence[bool | None]) -> dict[str, float]:
    said = [one for one in found if one is not None]
    return {"said": len(said) / len(found), "right": float(np.mean(said)) if said else float("nan")}


def _likelihoods(fits: NDArray[np.float64], truths: NDArray[np.intp]) -> dict[str, float]:
    """Mean log-likelihood of the true key; the highest is the best sharpness."""
    scores = {}
    for sharpness in _SHARPNESSES:
        logits = sharpness * (fits - fits.max(axis=1, keepdims=True))
        true = logits[np.arange(len(truths)), truths] - np.log(np.exp(logits).sum(axis=1))
        scores[f"{sharpness:g}"] = round(float(true.mean()), 4)
    return scores


def _validation() -> dict[str, Any]:
    corpus = Corpus(corpus_folder(), seed=0)
    whole: dict[bool, list[Key]] = {True: [], False: []}
    halves: list[tuple[tuple[Key, Tuning], tuple[Key, Tuning]]] = []
    for clip in corpus.part("choosing", "calibrating"):
        try:
            song = read_song(corpus.read(clip))
        except AudioError:
            continue
        whole[clip.is_music].append(tonality_of(song)[0])
        if clip.is_music:
            middle = song.duration_s / 2
            halves.append((tonality_of(song.part(0, middle)), tonality_of(song.part(middle, song.duration_s))))
    keys = [(a.name, b.name) for (a, _), (b, _) in halves if a.name and b.name]
    tunings = [(a.cents, b.cents) for (_, a), (_, b) in halves if a.cents is not None and b.cents is not None]
    apart = [abs((a - b + 50) % 100 - 50) for a, b in tunings]
    return {
        "key_said_of_music": float(np.mean([key.name is not None for key in whole[True]])),
        "key_said_of_not_music": float(np.mean([key.name is not None for key in whole[False]])),
        "clips_with_a_key_in_both_halves": len(keys),
        "halves_agree_on_key": float(np.mean([a == b for a, b in keys])),
        "clips_with_a_tuning_in_both_halves": len(tunings),
        "halves_agree_on_tuning_within_5_cents": float(np.mean(np.array(apart) <= _CLOSE_CENTS)),
        "sharpness_now": tonality.SHARPNESS,
    }


if __name__ == "__main__":
    main()
