"""Training steps' data: windows drawn from the stores, some of their patches, two songs mixed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.bodies import TOKENS
from training.settings import Recipe
from training.store import SYNTHETIC, Store
from training.targets import Targets

__all__ = ["Batch", "Drawer", "tensors"]

_LEAST = 1e-4
"""Frequency of a label that is not there."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's windows.

    Attributes:
        patches: [n, patches, `PATCH_WIDTH`].
        features: [n, `FEATURES`].
        labels: Soft targets [n, labels]; zero rows for what is no music.
        thought: What the teacher thinks, [n, labels]; the same zero rows.
        weight: Of the genre loss, [n].
        not_music: 0 to 1, [n].
    """

    patches: Tensor
    features: Tensor
    labels: Tensor
    thought: Tensor
    weight: Tensor
    not_music: Tensor


class Drawer:
    """Draws windows, all alike often; what a window counts is in its weight.

    Args:
        targets: What the train clips should answer.
        stores: `plain`, and `varied` where there is one.
        recipe: How to draw and mix.
        seed: Of the draws.
    """

    def __init__(self, targets: Targets, stores: Sequence[Store], recipe: Recipe, seed: int) -> None:
        self._recipe, self._stores = recipe, stores
        self.random = np.random.default_rng(seed)
        index = {clip.id: row for row, clip in enumerate(targets.clips)}
        found = [
            (number, row, index.get(clip_id, -1))
            for number, store in enumerate(stores)
            for row, clip_id in enumerate(store.ids.tolist())
            if clip_id in index or clip_id.startswith(SYNTHETIC)
        ]
        self._store, self._row, clip = np.array(found).T
        # The last row stands for sounds that are not from the corpus: no genre, no music.
        none = np.zeros((1, targets.labels.shape[1]), np.float32)
        self._labels, self._thought = (np.concatenate([x, none])[clip] for x in (targets.labels, targets.thought))
        music = np.array([item.is_music for item in targets.clips] + [False])[clip]
        windows = np.bincount(clip[clip >= 0], minlength=len(targets.clips))
        weight = np.append(targets.weight / np.maximum(windows, 1), 0.0)[clip]
        self._weight = (weight / weight[music].mean()).astype(np.float32)
        self._not_music = (~music).astype(np.float32)
        drawn = self._weight[music] @ self._labels[music]
        self.frequencies = torch.from_numpy(np.maximum(drawn / drawn.sum(), _LEAST)).float()
        """Of the labels, as weighted, [labels]."""

    @property
    def steps(self) -> int:
        """Batches of one epoch."""
        return max(1, len(self._row) // self._recipe.batch)

    def epoch(self) -> Iterator[Batch]:
        """The batches of one epoch."""
        order = self.random.permutation(len(self._row))
        for step in range(self.steps):
            yield self._batch(order[step * self._recipe.batch : (step + 1) * self._recipe.batch])

    def _batch(self, chosen: NDArray[np.int64]) -> Batch:
        recipe, random = self._recipe, self.random
        patches, features = self._windows(chosen)
        answers = [x[chosen] for x in (self._labels, self._thought, self._weight, self._not_music)]
        parts = [patches, features, *answers]
        if recipe.mixup:
            share = random.beta(recipe.mixup, recipe.mixup, len(chosen)).astype(np.float32)
            other = random.permutation(len(chosen))
            parts = [_mixed(x, x[other], share) for x in parts]
        return Batch(*(torch.from_numpy(x) for x in parts))

    def _windows(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Some patches of each window, the same places for all, so that two songs mix where they are alike."""
        places = np.sort(self.random.choice(TOKENS, self._recipe.patches, replace=False))
        windows = [(self._stores[self._store[index]], self._row[index]) for index in chosen]
        patches = np.stack([store.patches[row][places] for store, row in windows]).astype(np.float32)
        return patches, np.stack([store.features[row] for store, row in windows])


def tensors(store: Store, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
    """All patches and the features of some windows, float32."""
    index = list(rows)
    return torch.from_numpy(store.patches[index].astype(np.float32)), torch.from_numpy(store.features[index])


def _mixed(first: NDArray[np.float32], second: NDArray[np.float32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    share = share.reshape(-1, *[1] * (first.ndim - 1))
    result: NDArray[np.float32] = share * first + (1 - share) * second
    return result
