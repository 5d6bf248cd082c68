"""What a catalogue holds more than once: the same bytes, and most likely the same recording encoded again.

Two songs are one recording by the rule of `insight.similar`: embeddings almost alike and about one length. Songs are
sorted by length first, so that only those of about one length are ever compared, a block of them at a time, and first
by short vectors that never make two songs less alike than they are. What is no music is only compared byte by byte: the
rule was measured on music, and two voices speaking can be as alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.catalogue.vectors import unit_vectors
from genrelens.insight.similar import SAME_LENGTH_S, SAME_RECORDING_ABOVE

__all__ = ["Duplicates", "Group", "Member", "alike_pairs", "find_duplicates"]

_BLOCK: Final = 512
"""Rows of a matrix product."""
_WIDTH: Final = 16_384
"""Its columns: 34 MB of likenesses at a time."""
_PAIRS: Final = 4096
"""Possible pairs that are looked at closely at a time: 59 MB."""
_SHORT: Final = 128
"""Entries of the short vectors that are compared first: 94 % of what the embeddings of `validation` hold."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a group: where, how large (bytes), how long (s), what it counts as, whether its bytes are new."""

    path: str
    sha256: str
    size: int
    duration_s: float | None
    genre: str
    first_of_bytes: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are one.

    Attributes:
        kind: "file": all have the same bytes; "recording": some are other encodings of most likely one recording.
        likeness: The least likeness that holds the group together; 1 for the same bytes.
        members: The largest file first.
    """

    kind: Literal["file", "recording"]
    likeness: float
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """All groups of a catalogue, those with most files first, and how many files were looked through."""

    groups: tuple[Group, ...]
    files: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {"schema_version": 1, **asdict(self)}


def find_duplicates(catalogue: Catalogue, model_id: int) -> Duplicates:
    """Group the files of a catalogue.

    Args:
        catalogue: Open.
        model_id: Whose embeddings are compared.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    files: dict[str, list[Member]] = defaultdict(list)
    music: set[str] = set()
    for row in catalogue.rows(model_id, RowFilter(states=("done",))):
        files[row.sha256].append(_member(row))
        if row.tier != "not_music":
            music.add(row.sha256)
    shas, units = unit_vectors(catalogue, model_id)
    lengths = np.array([files[sha][0].duration_s or 0.0 if sha in music else np.nan for sha in shas])
    pairs = list(alike_pairs(units, lengths))
    grouped: list[Group] = []
    taken: set[str] = set()
    if pairs:
        ones, others, likes = zip(*pairs, strict=True)
        graph = coo_array((np.ones(len(pairs)), (ones, others)), shape=(len(shas), len(shas)))
        _, component = connected_components(graph, directed=False)
        weakest: dict[int, float] = defaultdict(lambda: 1.0)
        contents: dict[int, set[int]] = defaultdict(set)
        for one, other, alike in zip(ones, others, likes, strict=True):
            weakest[component[one]] = min(weakest[component[one]], alike)
            contents[component[one]] |= {one, other}
        for number, inside in contents.items():
            taken |= {shas[i] for i in inside}
            members = (member for i in inside for member in files[shas[i]])
            grouped.append(Group("recording", round(weakest[number], 4), _largest_first(members)))
    copies = (members for sha, members in files.items() if len(members) > 1 and sha not in taken)
    grouped += [Group("file", 1.0, _largest_first(members)) for members in copies]
    grouped.sort(key=lambda group: (-len(group.members), group.members[0].path))
    return Duplicates(tuple(grouped), sum(map(len, files.values())))


def alike_pairs(units: NDArray[np.float32], lengths: NDArray[np.float64]) -> Iterator[tuple[int, int, float]]:
    """Pairs (i, j, likeness) that are most likely one recording.

    Args:
        units: Vectors of length 1, [n, d].
        lengths: Of the songs, in seconds, [n]; NaN: not to be compared.
    """
    order = np.argsort(lengths, kind="stable")[: np.isfinite(lengths).sum()]
    if not len(order):
        return
    ordered = lengths[order]
    ends = np.searchsorted(ordered, ordered + SAME_LENGTH_S, side="right")
    short = _shortened(units)[order]
    for first in range(0, len(order), _BLOCK):
        last = min(first + _BLOCK, len(order))
        for left in range(first, int(ends[last - 1]), _WIDTH):
            right = min(left + _WIDTH, int(ends[last - 1]))
            i, j = np.nonzero(short[first:last] @ short[left:right].T >= SAME_RECORDING_ABOVE - 1e-3)
            i, j = i + first, j + left
            possible = (i < j) & (j < ends[i])
            one, other = order[i[possible]], order[j[possible]]
            for begin in range(0, len(one), _PAIRS):
                pairs = one[begin : begin + _PAIRS], other[begin : begin + _PAIRS]
                cosines = np.einsum("nd,nd->n", units[pairs[0]], units[pairs[1]])
                same = cosines >= SAME_RECORDING_ABOVE
                yield from zip(*(column[same].tolist() for column in (*pairs, cosines)), strict=True)


def _shortened(units: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors whose products are never below those of the units: their main directions, and how much is left of each.

    By Cauchy and Schwarz what is left of two songs cannot be more alike than it is long.
    """
    some = units[:: 1 + len(units) // 8192]
    directions = np.random.default_rng(0).standard_normal((units.shape[1], min(_SHORT, units.shape[1])), np.float32)
    for _ in range(3):  # power iteration: any directions would be right, the main ones leave the least
        directions = np.linalg.qr(some.T @ (some @ directions))[0]
    along = units @ directions
    left = np.sqrt(np.maximum(0.0, 1.0 - (along**2).sum(axis=1)))
    return np.column_stack([along, left])


def _member(row: CatalogueRow) -> Member:
    return Member(row.path, row.sha256, row.size, row.duration_s, row.counts_as, first_of_bytes=not row.copy_of)


def _largest_first(members: Iterable[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: (-member.size, member.path)))
