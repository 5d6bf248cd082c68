"""What each clip should answer: its labels, softened by what a probe thinks that never saw its source.

The corpus holds a few per cent of wrong labels and many clips between two genres; out-of-fold probabilities say
so where the labels do not. They come from frozen features, so they cost seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.corpus import CONFIDENCE_WEIGHT, LABELS, Clip, label_target, source_folds
from training.probe import out_of_fold
from training.settings import Settings
from training.store import Store, clip_features

__all__ = ["Targets", "clip_weights", "make_targets", "out_of_fold_answers"]

_FOLDS: Final = 5
_STRENGTH: Final = 0.0012
"""C of the probe."""
_PER_SOURCE: Final = 0.35
_PER_GROUP: Final = 0.3
"""Exponents on how many clips there are: 0 counts clips, 1 sources or artists."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Of the train clips; zero rows for what is no music.

    Attributes:
        clips: The train clips that the store holds.
        labels: Their labels, [clips, labels].
        thought: What a probe thinks that never saw their source, [clips, labels].
        weight: Of each, [clips].
    """

    clips: tuple[Clip, ...]
    labels: NDArray[np.float32]
    thought: NDArray[np.float32]
    weight: NDArray[np.float32]


def make_targets(clips: Sequence[Clip], store: Store, settings: Settings) -> Targets:
    """Labels and out-of-fold probabilities.

    Args:
        clips: The train clips that the store holds.
        store: `plain`.
        settings: Of the run.
    """
    music = np.array([clip.is_music for clip in clips])
    songs = [clip for clip in clips if clip.is_music]
    labels, thought = (np.zeros((len(clips), len(LABELS)), np.float32) for _ in range(2))
    labels[music] = [label_target(clip, settings.recipe.second) for clip in songs]
    thought[music] = out_of_fold_answers(songs, store, settings)
    weight = np.ones(len(clips), np.float32)
    weight[music] = clip_weights(songs)
    return Targets(tuple(clips), labels, thought, weight)


def out_of_fold_answers(songs: Sequence[Clip], store: Store, settings: Settings) -> NDArray[np.float32]:
    """What probes that never saw a song's source say of it, probabilities [songs, labels].

    Not merely its artist: where a source's songs are mostly of one genre, how that source sounds would give it away.
    """
    recipe = settings.recipe
    labels = np.stack([label_target(clip, recipe.second) for clip in songs])
    means, groups = clip_features(songs, store), [clip.group for clip in songs]
    fold = source_folds(songs, _FOLDS)
    return out_of_fold(means, labels, clip_weights(songs), fold, groups, _STRENGTH, recipe.adjust)


def clip_weights(songs: Sequence[Clip]) -> NDArray[np.float32]:
    """What each music clip counts: by its confidence, and less where a source or an artist has many; mean 1."""
    sources, groups = Counter(clip.source for clip in songs), Counter(clip.group for clip in songs)
    weights = np.array(
        [
            CONFIDENCE_WEIGHT[clip.confidence]
            * sources[clip.source] ** -_PER_SOURCE
            * groups[clip.group] ** -_PER_GROUP
            for clip in songs
        ]
    )
    result: NDArray[np.float32] = (weights / weights.mean()).astype(np.float32)
    return result
