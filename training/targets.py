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

from training.bodies import WHOLE_WIDTHS
from training.corpus import LABELS, Clip, folds, label_target
from training.probe import out_of_fold
from training.settings import Settings
from training.store import Store

__all__ = ["CONFIDENCE_WEIGHT", "Targets", "clip_features", "make_targets"]

CONFIDENCE_WEIGHT: Final = {"high": 1.0, "medium": 0.8, "low": 0.3}
_FOLDS: Final = 8
_STRENGTH: Final = 0.003
_HIDDEN: Final = 512
_TEACHER_TEMPERATURE: Final = 1.0


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
    genre = np.zeros((len(clips), len(LABELS)), np.float32)
    music = np.array([clip.is_music for clip in clips])
    songs = [clip for clip in clips if clip.is_music]
    labels = np.stack([label_target(clip, recipe.second) for clip in songs])
    trust = np.array([CONFIDENCE_WEIGHT[clip.confidence] for clip in songs], np.float32)
    fold = folds([clip.group for clip in songs], _FOLDS, settings.seed)
    thought = out_of_fold(clip_features(songs, store), labels, trust, fold, _STRENGTH, _TEACHER_TEMPERATURE)
    genre[music] = (1 - recipe.teacher) * labels + recipe.teacher * thought
    weight = np.ones(len(clips), np.float32)
    weight[music] = trust
    return Targets(tuple(clips), genre, weight)


def clip_features(clips: Sequence[Clip], store: Store) -> NDArray[np.float32]:
    """What a probe reads of each clip: mn04's hidden layer, msd_fcn's embedding and tags, means over windows."""
    rows = {clip_id: index for index, clip_id in enumerate(clip.id for clip in clips)}
    taken = [(rows[clip_id], index) for index, clip_id in enumerate(store.ids.tolist()) if clip_id in rows]
    clip_of, window = np.array(taken).T
    wholes = store.wholes[window]
    features = np.concatenate([wholes[:, :_HIDDEN], wholes[:, WHOLE_WIDTHS[0] :]], 1)
    sums = np.zeros((len(clips), features.shape[1]), np.float32)
    np.add.at(sums, clip_of, features)
    counts = np.bincount(clip_of, minlength=len(clips)).astype(np.float32)
    return sums / counts[:, None]
