"""What a catalogue holds more than once: the same bytes, and most likely the same recording encoded again.

Two songs are one recording by the rule of `insight.similar`: embeddings almost alike and about one length. Songs are
sorted by length first, so that only those of about one length are ever compared, a block of them at a time. What is no
music is only compared byte by byte: the rule was measured on music, and two voices speaking can be as alike.
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

    files: dict[str, list[CatalogueRow]] = defaultdict(list)
    for row in catalogue.rows(model_id, RowFilter(states=("done",))):
        files[row.sha256].append(row)
    shas, units = unit_vectors(catalogue, model_id)
    known = [i for i, sha in enumerate(shas) if sha in files and files[sha][0].tier != "not_music"]
    lengths = np.array([files[shas[i]][0].duration_s or 0.0 for i in known])
    pairs = [(known[a], known[b], alike) for a, b, alike in alike_pairs(units[known], lengths)]
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
            rows = (row for i in inside for row in files[shas[i]])
            grouped.append(Group("recording", round(weakest[number], 4), _members(rows)))
    grouped += [Group("file", 1.0, _members(rows)) for sha, rows in files.items() if len(rows) > 1 and sha not in taken]
    grouped.sort(key=lambda group: (-len(group.members), group.members[0].path))
    return Duplicates(tuple(grouped), sum(map(len, files.values())))


def alike_pairs(units: NDArray[np.float32], lengths: NDArray[np.float64]) -> Iterator[tuple[int, int, float]]:
    """Pairs (i, j, likeness) that are most likely one recording.

    Args:
        units: Vectors of length 1, [n, d].
        lengths: Of the songs, in seconds, [n].
    """
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    ends = np.searchsorted(ordered, ordered + SAME_LENGTH_S, side="right")
    for first in range(0, len(order), _BLOCK):
        block = np.arange(first, min(first + _BLOCK, len(order)))
        rows = units[order[block]]
        for left in range(first, int(ends[block[-1]]), _WIDTH):
            right = min(left + _WIDTH, int(ends[block[-1]]))
            cosines = rows @ units[order[left:right]].T
            for a, b in np.argwhere(cosines >= SAME_RECORDING_ABOVE):
                i, j = int(block[a]), left + int(b)
                if i < j < ends[i]:
                    yield int(order[i]), int(order[j]), float(cosines[a, b])


def _members(rows: Iterable[CatalogueRow]) -> tuple[Member, ...]:
    members = [
        Member(
            row.path,
            row.sha256,
            row.size,
            row.duration_s,
            row.counts_as,
            first_of_bytes=not row.copy_of,
        )
        for row in rows
    ]
    return tuple(sorted(members, key=lambda member: (-member.size, member.path)))
