"""The direct path: a linear probe on what the frozen networks say, fitted once; out of fold, it is the mixers' teacher.

It is the strongest simple thing that can be done with frozen features, and has no seed. The network blends it with
the mixers; training blends what it says of clips that it has not seen into the mixers' targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from training.bodies import BANDS, FEATURE_PARTS
from training.corpus import CONFIDENCE_WEIGHT, LABELS, Clip, label_target
from training.mixer import Direct
from training.probe import Probe, fit_probe
from training.store import Store

__all__ = ["STRENGTH", "as_tokens", "clip_features", "feature_scale", "fit_direct", "probe_weights"]

Floats = NDArray[np.float32]

STRENGTH: Final = 0.0016
"""C of the probe."""
_BALANCE: Final = 0.9
_VARIED: Final = 0.5
"""What an augmented clip counts against a plain one."""


def clip_features(clips: Sequence[Clip], store: Store) -> Floats:
    """Mean features over the windows of each clip, [clips, features]; all must be in the store."""
    rows = {clip.id: index for index, clip in enumerate(clips)}
    taken = [(rows[clip_id], window) for window, clip_id in enumerate(store.ids.tolist()) if clip_id in rows]
    clip_of, window = np.array(taken).T
    sums = np.zeros((len(clips), store.features.shape[1]), np.float32)
    np.add.at(sums, clip_of, store.features[window])
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


def fit_direct(songs: Sequence[Clip], plain: Store, varied: Store | None, second: float) -> Probe:
    """Fit the probe on songs as they are and, where there is a store of that, once more as augmented.

    Args:
        songs: Music clips; those that a store does not hold are left out.
        plain: Windows as the product hears them.
        varied: Augmented crops.
        second: Share of a label that goes to the second label.
    """
    parts = []
    for store, share in ((plain, 1.0), (varied, _VARIED)):
        if store is not None:
            known = set(store.ids.tolist())
            present = [clip for clip in songs if clip.id in known]
            labels = np.stack([label_target(clip, second) for clip in present])
            parts.append((clip_features(present, store), labels, share * probe_weights(present)))
    features, targets, weights = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return fit_probe(features, targets, weights / weights.mean(), STRENGTH, scale=feature_scale())


def feature_scale() -> Floats:
    """What a standardised feature is multiplied by before the penalty: bands are many and say much alike."""
    return np.repeat(np.array([1.0, 0.5, 1.0, 1.0], np.float32), FEATURE_PARTS)


def as_tokens(probe: Probe) -> Direct:
    """The probe in terms of tokens: the same logits, taken apart."""
    weight = probe.weight / probe.deviation
    bias = probe.bias - weight @ probe.mean
    mean, bands, beat, whole = np.split(weight, np.cumsum(FEATURE_PARTS)[:-1], axis=1)
    patch = mean[:, None] + BANDS * bands.reshape(len(bands), BANDS, -1)
    arrays = (patch.transpose(1, 2, 0), beat.T, whole.T, bias)
    return Direct(*(torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays))
