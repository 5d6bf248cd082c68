"""Anchors: what is not to be forgotten when a bundle is taught more.

Whoever adds or corrects one genre has no songs of the other fifteen at hand; without any, a new head would forget
them. So a bundle says of each genre where its songs lie in the embedding on average, and how songs lie around such an
average; stand-ins drawn from that speak for the old genres. No single song travels with the bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError

__all__ = ["ANCHORS_FILE", "Anchors", "read_anchors", "summarise", "write_anchors"]

ANCHORS_FILE: Final = "anchors.npz"
_WIDEST: Final = 4096
_SHRINKAGE: Final = 0.1
"""Share of the covariance that is taken from its diagonal: there are never songs enough for all of it."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Averages of the labels' songs, and how songs vary around them.

    Attributes:
        means: Of each label, float32 [labels, d].
        counts: Songs that each mean rests on, int64 [labels].
        root: Lower triangle whose product with its transpose is the covariance within labels, float32 [d, d].
    """

    means: Floats
    counts: NDArray[np.int64]
    root: Floats

    def draw(self, songs: int, seed: int) -> Floats:
        """Stand-ins, `songs` of each label in turn: float32 [labels * songs, d]."""
        labels, width = self.means.shape
        around = np.random.default_rng(seed).standard_normal((labels * songs, width)).astype(np.float32) @ self.root.T
        return np.repeat(self.means, songs, axis=0) + around

    def with_songs(self, features: Floats, truth: NDArray[np.int64], labels: int) -> Anchors:
        """With further songs, of these labels or of ones that come after them.

        Args:
            features: Mean embedding of each song, [songs, d].
            truth: Index of each song's label, [songs].
            labels: How many there are now.
        """
        added = labels - len(self.means)
        counts = np.concatenate([self.counts, np.zeros(added, np.int64)])
        sums = np.concatenate([self.means * self.counts[:, None], np.zeros((added, self.means.shape[1]), np.float32)])
        np.add.at(sums, truth, features)
        counts = counts + np.bincount(truth, minlength=labels)
        return Anchors((sums / counts[:, None]).astype(np.float32), counts, self.root)


def summarise(features: Floats, truth: NDArray[np.int64], labels: int) -> Anchors:
    """The anchors of songs.

    Args:
        features: Mean embedding of each song, [songs, d].
        truth: Index of each song's label, [songs]; each label occurs.
        labels: How many there are.
    """
    width = features.shape[1]
    nothing = Anchors(np.zeros((0, width), np.float32), np.zeros(0, np.int64), np.zeros((width, width), np.float32))
    found = nothing.with_songs(features, truth, labels)
    around = (features - found.means[truth]).astype(np.float64)
    covariance = around.T @ around / len(around)
    diagonal = np.diag(np.diag(covariance)) + np.eye(width) * (1e-6 * float(np.trace(covariance)) / width + 1e-12)
    root = np.linalg.cholesky((1 - _SHRINKAGE) * covariance + _SHRINKAGE * diagonal)
    return Anchors(found.means, found.counts, root.astype(np.float32))


def read_anchors(folder: Path, labels: Sequence[str], width: int) -> Anchors:
    """The anchors of a bundle.

    Args:
        folder: Of the bundle.
        labels: That it has.
        width: Of its embedding.

    Raises:
        BundleError: `BUNDLE_UNTEACHABLE` where it has none that fit.
    """
    try:
        with np.load(folder / ANCHORS_FILE, allow_pickle=False) as arrays:
            if "embeddings" in arrays:
                # As version 0.1.0 of the shipped bundle has it: songs, not yet averages.
                found = summarise(arrays["embeddings"].astype(np.float32), arrays["truth"].astype(int), len(labels))
            else:
                found = Anchors(arrays["means"], arrays["counts"], arrays["root"])
    except FileNotFoundError:
        raise BundleError("BUNDLE_UNTEACHABLE", "it brings no anchors of the genres that it knows") from None
    except (OSError, ValueError, KeyError, IndexError, np.linalg.LinAlgError) as error:
        raise BundleError("BUNDLE_UNTEACHABLE", f"its anchors cannot be read: {error}") from None
    means, counts, root = found.means, found.counts, found.root
    fits = means.shape == (len(labels), width) and counts.shape == means.shape[:1] and root.shape == (width, width)
    if not fits or width > _WIDEST or not (np.isfinite(means).all() and np.isfinite(root).all() and counts.min() > 0):
        raise BundleError("BUNDLE_UNTEACHABLE", "its anchors do not fit its labels and its embedding")
    return Anchors(means.astype(np.float32), counts.astype(np.int64), root.astype(np.float32))


def write_anchors(folder: Path, anchors: Anchors) -> None:
    """Write them into a bundle's folder."""
    np.savez_compressed(
        folder / ANCHORS_FILE,
        means=anchors.means,
        counts=anchors.counts.astype(np.int32),
        root=np.tril(anchors.root).astype(np.float16),
    )
