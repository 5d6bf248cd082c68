"""Anchors: embeddings of songs whose genre is known, which travel with a bundle so that it can be taught more.

Whoever adds or corrects one genre has no songs of the other fifteen at hand; without any, a new head would forget
them. No sound can be had back from an embedding.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError

__all__ = ["ANCHORS_FILE", "Anchors", "read_anchors", "write_anchors"]

ANCHORS_FILE: Final = "anchors.npz"
_MOST: Final = 1 << 24
"""Numbers that an anchor file may hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Mean embedding of each song, float32 [songs, d], and the index of its label, int64 [songs]."""

    embeddings: NDArray[np.float32]
    truth: NDArray[np.int64]


def read_anchors(folder: Path, labels: int) -> Anchors:
    """The anchors of a bundle.

    Args:
        folder: Of the bundle.
        labels: How many it has.

    Raises:
        BundleError: `BUNDLE_UNTEACHABLE` where it has none that fit.
    """
    try:
        with np.load(folder / ANCHORS_FILE, allow_pickle=False) as arrays:
            embeddings, truth = arrays["embeddings"].astype(np.float32), arrays["truth"].astype(np.int64)
    except FileNotFoundError:
        raise BundleError("BUNDLE_UNTEACHABLE", "it brings no anchors of the genres that it knows") from None
    except (OSError, ValueError, KeyError) as error:
        raise BundleError("BUNDLE_UNTEACHABLE", f"its anchors cannot be read: {error}") from None
    fits = embeddings.ndim == 2 and truth.shape == embeddings.shape[:1] and 0 < embeddings.size <= _MOST
    if not fits or not np.isfinite(embeddings).all() or truth.min() < 0 or truth.max() >= labels:
        raise BundleError("BUNDLE_UNTEACHABLE", "its anchors do not fit its labels")
    return Anchors(embeddings, truth)


def write_anchors(folder: Path, anchors: Anchors) -> None:
    """Write them into a bundle's folder."""
    np.savez_compressed(
        folder / ANCHORS_FILE, embeddings=anchors.embeddings.astype(np.float16), truth=anchors.truth.astype(np.int16)
    )
