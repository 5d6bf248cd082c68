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

__all__ = [
    "CatalogueMap",
    "Layout",
    "MapPoint",
    "lay_out",
    "map_catalogue",
    "nearest",
    "neighbours",
    "placed",
    "principal",
]

_DIMENSIONS: Final = 50
"""Kept of the embedding before neighbours are looked for."""
_NEIGHBOURS: Final = 12
_ROUNDS: Final = 200
_REPELLED: Final = 5
"""How much a song drawn by chance, one for each neighbour, pushes away for each that pulls."""
_BLOCK: Final = 16_000_000
"""Likenesses at a time, 64 MB."""
_MOST_COMPARED: Final = 12_000
"""Songs up to which each is compared with each, and of which the main directions are taken."""
_CELL: Final = 256
"""Songs of a cell, on average."""
_CELLS: Final = 16
"""Cells that are looked through for a song's neighbours, its own among them: they find seven of eight in 100 000."""
_MOVED: Final = 8192
"""Songs that are moved together: what that takes stays in the processor's cache."""
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
    near = neighbours(_unit(reduced), min(_NEIGHBOURS, len(vectors) - 1))
    return _framed(_settled(reduced[:, :2], near))


def principal(vectors: Floats, dimensions: int) -> Floats:
    """The coordinates [n, dimensions] on the main directions of vectors [n, d], the first the widest.

    From the covariance of at most `_MOST_COMPARED` of them; signs are fixed by the largest entry.
    """
    some = vectors[:: -(-len(vectors) // _MOST_COMPARED)]
    mean = some.mean(axis=0, dtype=np.float64)
    squares = np.zeros((vectors.shape[1],) * 2)
    for first in range(0, len(some), 4096):
        part = some[first : first + 4096] - mean.astype(np.float32)
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
    step = 1 + _BLOCK // len(units)
    for first in range(0, len(asked), step):
        block = asked[first : first + step]
        apart = units[block] @ units.T
        np.negative(apart, out=apart)
        apart[np.arange(len(block)), block] = 2.0
        some = np.argpartition(apart, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(apart, some, axis=1), axis=1, kind="stable")
        found[first : first + step] = np.take_along_axis(some, order, axis=1)
        alike[first : first + step] = -np.take_along_axis(apart, found[first : first + step], axis=1)
    return found, alike


def neighbours(units: Floats, count: int) -> NDArray[np.int64]:
    """Of each song `count` of the most alike others, [n, count]; of many songs nearly the most alike.

    Many are sorted into cells around some of them, and each is compared with those of the nearest cells.

    Args:
        units: Vectors of length 1, [n, d].
        count: Less than n, and than `_CELLS`.
    """
    if len(units) <= _MOST_COMPARED:
        return nearest(units, count)[0]
    middles = units[::_CELL]
    step = 1 + _BLOCK // len(middles)
    cell = [(units[first : first + step] @ middles.T).argmax(axis=1) for first in range(0, len(units), step)]
    used, sizes = np.unique(np.concatenate(cell), return_counts=True)
    if len(used) <= _CELLS:
        return nearest(units, count)[0]  # hardly anything differs
    inside = np.split(np.argsort(np.concatenate(cell), kind="stable"), np.cumsum(sizes)[:-1])
    found = np.empty((len(units), count), np.int64)
    for own, around in zip(inside, nearest(middles[used], _CELLS - 1)[0], strict=True):
        others = np.concatenate([own, *(inside[other] for other in around)])
        found[own] = others[nearest(units[others], count, range(len(own)))[0]]
    return found


def _settled(start: Floats, near: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pull along the edges of the neighbour graph, push from songs drawn by chance, ever more gently."""
    chance = np.random.default_rng(0)  # the same songs, the same map
    n, count = near.shape
    places = start.T.astype(np.float64)
    places *= 10.0 / max(float(np.abs(places).max()), 1e-12)
    places += chance.normal(scale=1e-3, size=(n, 2)).T  # copies must not lie on one point for ever
    near = np.ascontiguousarray(near.T)  # songs last: numpy is several times as fast along a long axis
    for turn in range(_ROUNDS):
        strangers = chance.integers(0, n, (n, count)).T
        move = np.zeros_like(places)
        for first in range(0, n, _MOVED):
            block = slice(first, first + _MOVED)
            own = places[:, None, block]
            gap = own - places.take(near[:, block], axis=1)
            pull = gap * (-2.0 / (1.0 + (gap**2).sum(axis=0)))
            gap = own - places.take(strangers[:, block], axis=1)
            apart = (gap**2).sum(axis=0)
            push = np.clip(gap * (2.0 / ((0.001 + apart) * (1.0 + apart))), -4, 4)
            move[:, block] += (pull + _REPELLED * push).sum(axis=1)
            move -= [np.bincount(near[:, block].ravel(), axis.ravel(), n) for axis in pull]
        places += (1.0 - turn / _ROUNDS) * 0.5 * np.clip(move / count, -4, 4)
    return places.T


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
