"""Folds of a cross-validation that keep the songs of one artist together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["cut"]

_MOST: Final = 5


def cut(groups: Sequence[str], labels: Sequence[str], seed: int) -> tuple[NDArray[np.int64], list[str]]:
    """The fold of each song, so that every label is learnt from in every fold, and what the figures cannot say.

    Args:
        groups: Artist or album of each song; "" where nothing tells: the song then stands alone.
        labels: Of each song; a label with a single song is learnt from in all folds but its own.
        seed: Of the shuffle.

    Returns:
        Fold of each song, int64 [songs], from 0; and warnings.
    """
    names = np.array(labels)
    whose = np.array([group or f"#{index}" for index, group in enumerate(groups)])
    notes = []
    alone = sorted(label for label in set(labels) if len(set(whose[names == label])) < 2 <= np.sum(names == label))
    if alone:
        notes.append(
            f"All songs of {', '.join(alone)} are of one artist or album: the figures may measure how that sounds, "
            "not the genre."
        )
    elif not any(groups):
        notes.append(
            "The files name no artist or album: songs of one artist may be on both sides, and the figures too good."
        )
    whose = np.array([f"#{index}" if names[index] in alone else group for index, group in enumerate(whose)])
    folds = _by_group(whose, names, seed)
    if folds is None:
        notes.append("Too few artists to hold whole artists out: the figures may be too good.")
        folds = _by_song(names, seed)
    return folds, notes


def _by_group(groups: NDArray[np.str_], names: NDArray[np.str_], seed: int) -> NDArray[np.int64] | None:
    """None where some label would be missing from what is learnt."""
    from sklearn.model_selection import StratifiedGroupKFold

    sizes = {label: int(np.sum(names == label)) for label in set(names.tolist())}
    several = [label for label, size in sizes.items() if size > 1]
    for count in range(min(_MOST, len(set(groups.tolist())), max(sizes.values())), 1, -1):
        for shuffle in range(seed, seed + 5):
            folds = np.zeros(len(names), np.int64)
            cutter = StratifiedGroupKFold(count, shuffle=True, random_state=shuffle)
            with warnings.catch_warnings():
                # Labels with fewer songs than folds are meant to be left out of some.
                warnings.simplefilter("ignore", UserWarning)
                for number, (_, inside) in enumerate(cutter.split(np.zeros(len(names)), names, groups)):
                    folds[inside] = number
            if all(len(set(folds[names == label].tolist())) > 1 for label in several):
                return folds
    return None


def _by_song(names: NDArray[np.str_], seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    folds, dealt = np.zeros(len(names), np.int64), 0
    for label in sorted(set(names.tolist())):
        own = random.permutation(np.flatnonzero(names == label))
        folds[own] = (dealt + np.arange(len(own))) % _MOST
        dealt += len(own)
    return folds
