"""The direct path: a linear probe on the means of the tokens, fitted once, and its out-of-fold answers as a teacher.

It is the strongest simple thing that can be done with frozen features, and has no seed. The network blends it with
the mixers; training blends what it says of clips that it has not seen into the mixers' targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from training.bodies import BEAT_WIDTH, PATCH_WIDTH
from training.corpus import CONFIDENCE_WEIGHT, LABELS, Clip
from training.mixer import Direct, Standard
from training.probe import fit_probe
from training.store import Store

__all__ = ["STRENGTH", "clip_features", "fit_direct", "probe_weights", "window_features"]

Floats = NDArray[np.float32]

STRENGTH: Final = 0.004
"""C of the probe."""
_BALANCE: Final = 0.75


def window_features(store: Store) -> Floats:
    """Of every window: mean patch, mean beat, wholes; [windows, 576 + 128 + 1153]."""
    means = [np.stack([row.mean(0, dtype=np.float32) for row in tokens]) for tokens in (store.patches, store.beats)]
    return np.concatenate([*means, store.wholes], 1)


def clip_features(clips: Sequence[Clip], store: Store, features: Floats) -> Floats:
    """Means over the windows of each clip.

    Args:
        clips: Which.
        store: That the features were taken from.
        features: Of every window of the store.
    """
    rows = {clip.id: index for index, clip in enumerate(clips)}
    taken = [(rows[clip_id], window) for window, clip_id in enumerate(store.ids.tolist()) if clip_id in rows]
    clip_of, window = np.array(taken).T
    sums = np.zeros((len(clips), features.shape[1]), np.float32)
    np.add.at(sums, clip_of, features[window])
    counts = np.bincount(clip_of, minlength=len(clips)).astype(np.float32)
    result: Floats = sums / counts[:, None]
    return result


def probe_weights(clips: Sequence[Clip]) -> Floats:
    """What each music clip counts in the probe: by its confidence, and rare genres more; mean 1."""
    names = np.array([LABELS.index(clip.label) for clip in clips])
    counts = np.bincount(names, minlength=len(LABELS))
    weights = np.array([CONFIDENCE_WEIGHT[clip.confidence] for clip in clips]) * counts[names] ** -_BALANCE
    result: Floats = (weights / weights.mean()).astype(np.float32)
    return result


def fit_direct(features: Floats, targets: Floats, weights: Floats, standards: Sequence[Standard]) -> Direct:
    """Fit the probe and write it in terms of standardised tokens.

    Args:
        features: Of clips, as `clip_features` gives them.
        targets: [clips, labels].
        weights: [clips].
        standards: Of patches, beats, wholes.
    """
    mean = np.concatenate([standard.mean.numpy() for standard in standards])
    inverse = np.concatenate([standard.inverse.numpy() for standard in standards])
    probe = fit_probe((features - mean) * inverse, targets, weights, STRENGTH)
    weight = probe.weight / probe.deviation
    bias = probe.bias - weight @ probe.mean
    parts = np.split(weight, [PATCH_WIDTH, PATCH_WIDTH + BEAT_WIDTH], axis=1)
    return Direct(*(torch.from_numpy(np.ascontiguousarray(part)) for part in (*parts, bias)))
