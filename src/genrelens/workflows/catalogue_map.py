"""A catalogue as a picture in two dimensions: songs that sound alike lie together, and how many of what there are.

The map starts from the two main directions of the embeddings (PCA) and then pulls every song to its nearest neighbours
and away from songs drawn by chance, as UMAP does (McInnes et al. 2018; Damrich et al. 2023 on what it preserves).
Neighbourhoods can be believed; distances between far islands and the size of an island say nothing. How well it keeps
neighbours, beside plain PCA: `python -m benchmarks.longtail --map`. The same songs give the same map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.catalogue.vectors import unit_vectors

__all__ = ["CatalogueMap", "Layout", "MapPoint", "lay_out", "map_catalogue", "nearest", "placed", "principal"]

_DIMENSIONS: Final = 50
"""Kept of the embedding before neighbours are looked for."""
_NEIGHBOURS: Final = 12
_ROUNDS: Final = 200
_REPELLED: Final = 5
"""How much a song drawn by chance, one for each neighbour, pushes away for each that pulls."""
_BLOCK: Final = 512
"""Rows of a matrix product: with 100 000 songs 200 MB of likenesses at a time."""
_FEW: Final = 4
"""Songs below which there is nothing to lay out."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A song on the map.

    Attributes:
        sha256: Of its bytes.
        path: The first file with these bytes, as the catalogue writes it.
        x: 0 to 1, from the left.
        y: 0 to 1, from the top.
        genre: What a person decided, else the likeliest label; "" for silence, `rows.NOT_MUSIC` for no music.
        probability: Of the model's first label.
        tier: How sure the model is.
        decided: Whether a person decided the genre.
        doubtful_s: Where the 15 s begin that speak least for the first genre, seconds.
    """

    sha256: str
    path: str
    x: float
    y: float
    genre: str
    probability: float
    tier: str
    decided: bool
    doubtful_s: float


@dataclass(frozen=True, slots=True)
class CatalogueMap:
    """The picture of a catalogue.

    Attributes:
        points: One a song, sorted by path.
        counts: Genre -> tier (or "decided") -> songs, the largest genre first.
        unplaced: Songs that have an answer and no embedding.
        waiting: Files without an answer.
        failed: Files that could not be heard.
        copies: Further files with the same bytes as a song on the map.
    """

    points: tuple[MapPoint, ...]
    counts: Mapping[str, Mapping[str, int]]
    unplaced: int
    waiting: int
    failed: int
    copies: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What costs: the embeddings of a catalogue and their places.

    Attributes:
        shas: SHA-256 of each song, sorted.
        units: Embeddings of length 1, float32 [n, d].
        places: [n, 2], 0 to 1.
    """

    shas: list[str]
    units: Floats
    places: NDArray[np.float64]


def lay_out(catalogue: Catalogue, model_id: int) -> Layout:
    """Read the embeddings of a model and place them."""
    shas, units = unit_vectors(catalogue, model_id)
    return Layout(shas, units, placed(units))


def map_catalogue(catalogue: Catalogue, model_id: int, layout: Layout | None = None) -> CatalogueMap:
    """The picture of a catalogue.

    Args:
        catalogue: Open.
        model_id: Whose answers.
        layout: From `lay_out` with the same model; made anew when left out.
    """
    layout = layout or lay_out(catalogue, model_id)
    places = dict(zip(layout.shas, layout.places, strict=True))
    points: list[MapPoint] = []
    counts: dict[str, Counter[str]] = {}
    missing: Counter[str] = Counter()
    for row in catalogue.rows(model_id, RowFilter()):
        if row.state != "done":
            missing[row.state] += 1
            continue
        if row.copy_of:
            missing["copies"] += 1
            continue
        genre = row.counts_as
        certainty = "decided" if row.decision else row.tier
        counts.setdefault(genre, Counter())[certainty] += 1
        place = places.get(row.sha256)
        if place is None:
            missing["unplaced"] += 1
            continue
        x, y = (round(float(value), 4) for value in place)
        points.append(
            MapPoint(
                row.sha256, row.path, x, y, genre, row.probability, row.tier, row.decision is not None, row.doubtful_s
            )
        )
    largest = sorted(counts, key=lambda genre: (-counts[genre].total(), genre))
    return CatalogueMap(
        points=tuple(points),
        counts={genre: dict(counts[genre]) for genre in largest},
        unplaced=missing["unplaced"],
        waiting=missing["waiting"],
        failed=missing["failed"],
        copies=missing["copies"],
    )


def placed(vectors: Floats) -> NDArray[np.float64]:
    """Places [n, 2], 0 to 1, of unit vectors [n, d]: neighbours stay neighbours as far as two dimensions allow."""
    if len(vectors) < _FEW:
        return np.stack([np.linspace(0.2, 0.8, len(vectors)), np.full(len(vectors), 0.5)], axis=1)
    reduced = principal(vectors, min(_DIMENSIONS, len(vectors) - 1, vectors.shape[1]))
    if reduced.shape[1] < 2:
        reduced = np.pad(reduced, ((0, 0), (0, 2 - reduced.shape[1])))
    near, _ = nearest(_unit(reduced), min(_NEIGHBOURS, len(vectors) - 1))
    return _framed(_settled(reduced[:, :2], near))


def principal(vectors: Floats, dimensions: int) -> Floats:
    """The coordinates [n, dimensions] on the main directions of vectors [n, d], the first the widest.

    From the covariance, so that memory does not grow with n; signs are fixed by the largest entry.
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    squares = np.zeros((vectors.shape[1],) * 2)
    for first in range(0, len(vectors), 4096):
        part = vectors[first : first + 4096] - mean.astype(np.float32)
        squares += part.T @ part
    _, directions = np.linalg.eigh(squares)
    chosen = directions[:, ::-1][:, :dimensions]
    chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(dimensions)])
    result = (vectors @ chosen.astype(np.float32)) - (mean @ chosen).astype(np.float32)
    return np.asarray(result, dtype=np.float32)


def nearest(units: Floats, count: int, rows: Sequence[int] | None = None) -> tuple[NDArray[np.int64], Floats]:
    """Of each of `rows` (all, where left out) the `count` most alike others, [m, count], and how alike they are.

    Args:
        units: Vectors of length 1, [n, d].
        count: Less than n.
        rows: Which are asked about.
    """
    asked = np.arange(len(units)) if rows is None else np.asarray(rows, dtype=np.int64)
    found = np.empty((len(asked), count), np.int64)
    alike = np.empty((len(asked), count), np.float32)
    for first in range(0, len(asked), _BLOCK):
        block = asked[first : first + _BLOCK]
        cosines = units[block] @ units.T
        own = np.arange(len(block))
        cosines[own, block] = -2.0
        some = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(cosines, some, axis=1), axis=1, kind="stable")
        some = np.take_along_axis(some, order, axis=1)
        found[first : first + _BLOCK] = some
        alike[first : first + _BLOCK] = np.take_along_axis(cosines, some, axis=1)
    return found, alike


def _settled(start: Floats, near: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pull along the edges of the neighbour graph, push from songs drawn by chance, ever more gently."""
    chance = np.random.default_rng(0)  # the same songs, the same map
    n = len(start)
    places = start.astype(np.float64)
    places *= 10.0 / max(float(np.abs(places).max()), 1e-12)
    places += chance.normal(scale=1e-3, size=places.shape)  # copies must not lie on one point for ever
    ones = np.repeat(np.arange(n), near.shape[1])
    others = near.ravel()
    for turn in range(_ROUNDS):
        gap = places[ones] - places[others]
        apart = (gap**2).sum(axis=1, keepdims=True)
        pull = np.clip(-2.0 * gap / (1.0 + apart), -4, 4)
        gap = places[ones] - places[chance.integers(0, n, len(ones))]
        apart = (gap**2).sum(axis=1, keepdims=True)
        push = np.clip(2.0 * gap / ((0.001 + apart) * (1.0 + apart)), -4, 4)
        move = _summed(ones, pull + _REPELLED * push, n) - _summed(others, pull, n)
        places += (1.0 - turn / _ROUNDS) * 0.5 * np.clip(move / near.shape[1], -4, 4)
    return places


def _summed(where: NDArray[np.int64], what: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    return np.stack([np.bincount(where, what[:, axis], n) for axis in (0, 1)], axis=1)


def _framed(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Into 0 to 1, each axis by itself: distances between islands mean nothing anyway. One outlier costs no room."""
    low, high = np.percentile(places, [0.5, 99.5], axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9) * 1.04
    inside: NDArray[np.float64] = np.clip((places - middle) / (2 * half) + 0.5, 0.0, 1.0)
    return inside


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
