"""What each clip should answer: its labels, softened by what a probe thinks that never saw its group.

The corpus holds a few per cent of wrong labels and many clips between two genres; out-of-fold probabilities say
so where the labels do not. They come from frozen features, so they cost seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.corpus import CONFIDENCE_WEIGHT, LABELS, Clip, folds, label_target
from training.direct import STRENGTH, clip_features, feature_scale, probe_weights
from training.probe import out_of_fold
from training.settings import Settings
from training.store import Store

__all__ = ["Targets", "make_targets", "out_of_fold_answers"]

_FOLDS: Final = 6


@dataclass(frozen=True, slots=True)
class Targets:
    """Of the train clips: `genre` [clips, labels], zero rows for what is no music, and the `weight` [clips] of each."""

    clips: tuple[Clip, ...]
    genre: NDArray[np.float32]
    weight: NDArray[np.float32]


def make_targets(clips: Sequence[Clip], store: Store, settings: Settings) -> Targets:
    """Mix labels and out-of-fold probabilities as the recipe says.

    Args:
        clips: The train clips that the store holds.
        store: `plain`.
        settings: Of the run.
    """
    recipe = settings.recipe
    music = np.array([clip.is_music for clip in clips])
    songs = [clip for clip in clips if clip.is_music]
    labels = np.stack([label_target(clip, recipe.second) for clip in songs])
    genre = np.zeros((len(clips), len(LABELS)), np.float32)
    genre[music] = (1 - recipe.teacher) * labels + recipe.teacher * out_of_fold_answers(songs, store, settings)
    weight = np.ones(len(clips), np.float32)
    weight[music] = [CONFIDENCE_WEIGHT[clip.confidence] for clip in songs]
    return Targets(tuple(clips), genre, weight)


def out_of_fold_answers(songs: Sequence[Clip], store: Store, settings: Settings) -> NDArray[np.float32]:
    """What probes that never saw a song's group say of it, probabilities [songs, labels]."""
    labels = np.stack([label_target(clip, settings.recipe.second) for clip in songs])
    fold = folds([clip.group for clip in songs], _FOLDS, settings.seed)
    means = clip_features(songs, store)
    return out_of_fold(means, labels, probe_weights(songs), fold, STRENGTH, feature_scale())
