"""Training steps' data: windows drawn from the stores, stretches of time and bands masked, two songs mixed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.corpus import NOT_MUSIC
from training.settings import Recipe
from training.store import SYNTHETIC, Store
from training.targets import Targets

__all__ = ["Batch", "Drawer", "tensors"]


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's windows.

    Attributes:
        low: mn04's map, [n, 16, 16, 125].
        coarse: msd_fcn's map, [n, 128, 12, 9].
        labels: Soft targets [n, labels]; zero rows for what is no music.
        thought: What the teacher thinks, [n, labels]; the same zero rows.
        weight: Of the genre loss, [n].
        not_music: 0 to 1, [n].
    """

    low: Tensor
    coarse: Tensor
    labels: Tensor
    thought: Tensor
    weight: Tensor
    not_music: Tensor


class Drawer:
    """Draws windows, rare genres more often than they are.

    Args:
        targets: What the train clips should answer.
        plain: Windows as the product hears them.
        varied: Augmented crops and synthetic noise.
        recipe: How to draw and mix.
        seed: Of the draws.
    """

    def __init__(self, targets: Targets, plain: Store, varied: Store | None, recipe: Recipe, seed: int) -> None:
        self._recipe, self._plain, self._varied = recipe, plain, varied
        self.random = np.random.default_rng(seed)
        synthetic = sorted({i for i in varied.ids.tolist() if i.startswith(SYNTHETIC)}) if varied else []
        self._ids = [clip.id for clip in targets.clips] + synthetic
        nothing = np.zeros((len(synthetic), targets.labels.shape[1]), np.float32)
        self._labels, self._thought = (np.concatenate([x, nothing]) for x in (targets.labels, targets.thought))
        self._weight = np.concatenate([targets.weight, np.ones(len(synthetic), np.float32)])
        self._not_music = np.array([not clip.is_music for clip in targets.clips] + [True] * len(synthetic), np.float32)
        self._rows = _rows_by_clip(plain), _rows_by_clip(varied) if varied else {}
        labels = [clip.label for clip in targets.clips] + [NOT_MUSIC] * len(synthetic)
        self._chance = _chances(labels, recipe.balance)
        drawn = self._chance @ self._labels
        self.frequencies = torch.from_numpy(np.maximum(drawn / drawn.sum(), 1e-4)).float()
        """Of the labels among the music drawn, [labels]."""

    def epoch(self) -> Iterator[Batch]:
        """The batches of one epoch."""
        for _ in range(self._recipe.windows_per_epoch // self._recipe.batch):
            yield self._batch()

    def _batch(self) -> Batch:
        recipe, random = self._recipe, self.random
        chosen = random.choice(len(self._ids), recipe.batch, p=self._chance)
        windows = [self._window(self._ids[index]) for index in chosen]
        maps = [np.stack([window[k] for window in windows]).astype(np.float32) for k in range(2)]
        answers = [self._labels[chosen], self._thought[chosen], self._weight[chosen], self._not_music[chosen]]
        if recipe.mixup:
            share = random.beta(recipe.mixup, recipe.mixup, recipe.batch).astype(np.float32)
            # The larger share stays in its place, so that a mixture keeps the weight of its main song.
            share = np.maximum(share, 1 - share)
            other = random.permutation(recipe.batch)
            maps = [_mixed(x, x[other], share) for x in maps]
            answers = [_mixed(x, x[other], share) for x in answers]
        for low, coarse in zip(*maps, strict=True):
            self._mask(low, coarse)
        return Batch(*(torch.from_numpy(x) for x in (*maps, *answers)))

    def _mask(self, low: NDArray[np.float32], coarse: NDArray[np.float32]) -> None:
        """Blank stretches of time in both maps and some bands of mn04's (SpecAugment, Park et al. 2019), in place."""
        steps, coarse_steps, bands = low.shape[2], coarse.shape[2], low.shape[1]
        for _ in range(self._recipe.time_masks):
            length = int(self.random.integers(0, steps // 8 + 1))
            first = int(self.random.integers(0, steps - length + 1))
            low[:, :, first : first + length] = 0
            coarse[:, :, first * coarse_steps // steps : (first + length) * coarse_steps // steps] = 0
        width = int(self.random.integers(0, bands // 6 + 1))
        band = int(self.random.integers(0, bands - width + 1))
        low[:, band : band + width] = 0

    def _window(self, clip_id: str) -> tuple[NDArray[np.generic], ...]:
        plain, varied = (rows.get(clip_id) for rows in self._rows)
        again = varied is not None and (plain is None or self.random.random() < self._recipe.varied)
        store, rows = (self._varied, varied) if again else (self._plain, plain)
        assert store is not None
        assert rows is not None
        row = int(self.random.choice(rows))
        return store.low[row], store.coarse[row]


def tensors(store: Store, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The maps of some windows as float32."""
    index = list(rows)
    low, coarse = (torch.from_numpy(x[index].astype(np.float32)) for x in (store.low, store.coarse))
    return low, coarse


def _mixed(first: NDArray[np.float32], second: NDArray[np.float32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    share = share.reshape(-1, *[1] * (first.ndim - 1))
    result: NDArray[np.float32] = share * first + (1 - share) * second
    return result


def _rows_by_clip(store: Store) -> dict[str, NDArray[np.int64]]:
    rows = defaultdict(list)
    for row, clip_id in enumerate(store.ids.tolist()):
        rows[clip_id].append(row)
    return {clip_id: np.array(found) for clip_id, found in rows.items()}


def _chances(labels: Sequence[str], balance: float) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    chance = counts[inverse] ** -balance
    result: NDArray[np.float64] = chance / chance.sum()
    return result
