"""The direct path: a linear probe on what the frozen networks say, fitted once.

It is the strongest simple thing that can be done with frozen features, and has no seed. The network blends it with the
mixers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from training.bodies import FEATURE_PARTS
from training.mixer import Direct
from training.probe import Probe, fit_probe
from training.settings import Recipe
from training.store import Store, clip_features
from training.targets import Targets

__all__ = ["as_tokens", "fit_direct"]

Floats = NDArray[np.float32]

_STRENGTH: Final = 0.002
"""C of the probe."""
_TEACHER: Final = 0.4
"""Share of its loss that is about out-of-fold probabilities."""
_VARIED: Final = 0.5
"""What an augmented clip counts against a plain one."""


def fit_direct(targets: Targets, plain: Store, varied: Store | None, recipe: Recipe) -> Probe:
    """Fit the probe on songs as they are and, where there is a store of that, once more as augmented.

    Args:
        targets: What the clips should answer; songs that a store does not hold are left out.
        plain: Windows as the product hears them.
        varied: Augmented crops.
        recipe: How genres are balanced.
    """
    parts = []
    for store, share in ((plain, 1.0), (varied, _VARIED)):
        if store is not None:
            known = set(store.ids.tolist())
            rows = [row for row, clip in enumerate(targets.clips) if clip.is_music and clip.id in known]
            features = clip_features([targets.clips[row] for row in rows], store)
            parts.append((features, targets.labels[rows], targets.thought[rows], share * targets.weight[rows]))
    features, labels, thought, weights = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return fit_probe(features, labels, weights / weights.mean(), _STRENGTH, recipe.adjust, thought, _TEACHER)


def as_tokens(probe: Probe) -> Direct:
    """The probe in terms of tokens: the same logits, taken apart."""
    weight = probe.weight / probe.deviation
    parts = np.split(weight.T, np.cumsum(FEATURE_PARTS)[:-1])
    arrays = (*parts, probe.bias - weight @ probe.mean)
    return Direct(*(torch.from_numpy(np.ascontiguousarray(array, np.float32)) for array in arrays))
