"""The open catalogue as the tab shows it: laid out once, and read anew where that is cheap.

Embeddings and their places are what costs (about 30 CPU seconds for 100 000 songs; 7 kB a song): they are kept for as
long as the number of answers is the same. Genres, decisions and tags are read each time, so that a decision shows at
once. What is counted over all rows is kept until something is answered or decided.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from genrelens.catalogue.decisions import Decisions
from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import CatalogueError, PolicyError
from genrelens.studio.catalogue_tags import TagPreviews
from genrelens.workflows.catalogue_map import CatalogueMap, Layout, lay_out, map_catalogue, nearest
from genrelens.workflows.duplicates import Duplicates, find_duplicates
from genrelens.workflows.longtail import LongTail, long_tail
from genrelens.workflows.model_diff import Difference, Pair, compare_models
from genrelens.workflows.policy import Policy
from genrelens.workflows.policy_curve import Curve, Songs, curve_of_card, curve_of_reviews
from genrelens.workflows.policy_workload import Work

__all__ = ["Compared", "Evidence", "Looks"]

_Found = TypeVar("_Found")

_LIKE: Final = 8
"""Neighbours that are shown of a song."""
_FINDS: Final = 30


@dataclass(frozen=True, slots=True)
class Evidence:
    """What limits can be judged by.

    Attributes:
        songs: Of the catalogue, copies counted once.
        work: The same songs by what a policy's limits would make of them.
        curves: Source -> what each limit buys: the reviews first, then the model's card, where there are any.
    """

    songs: Songs
    work: Work
    curves: dict[str, Curve]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two models on the catalogue.

    Attributes:
        found: What differs.
        changed: (SHA-256, what the one says, what the other says) of every changed song, by path.
    """

    found: Difference
    changed: tuple[tuple[str, str, str], ...]


class _Kept(Generic[_Found]):
    """What is worked out again only when what it is about has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Hashable, _Found] | None = None

    def get(self, about: Hashable, work: Callable[[], _Found]) -> _Found:
        with self._lock:
            if self._kept is None or self._kept[0] != about:
                self._kept = about, work()
            return self._kept[1]

    @property
    def last(self) -> _Found | None:
        """What was found last, changed since or not."""
        return None if self._kept is None else self._kept[1]


class Looks:
    """What has been worked out of the catalogue. May be used from many threads; one works at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: tuple[int, int] | None = None
        self._layout: Layout | None = None
        self._duplicates: Duplicates | None = None
        self._evidence: _Kept[Evidence] = _Kept()
        self._compared: _Kept[Compared] = _Kept()
        self.tags = TagPreviews()

    def map(self, catalogue: Catalogue) -> CatalogueMap:
        """The map and the counts, as they are now."""
        with self._lock:
            model_id = self._ready(catalogue)
            return map_catalogue(catalogue, model_id, self._layout)

    def tail(self, catalogue: Catalogue, genres: tuple[str, ...]) -> LongTail:
        """Hidden songs of these genres; of all that are rare where none is named."""
        with self._lock:
            model_id = self._ready(catalogue)
            return long_tail(catalogue, model_id, genres=genres, most=_FINDS, layout=self._layout)

    def twice(self, catalogue: Catalogue) -> Duplicates:
        """What is there more than once."""
        with self._lock:
            model_id = self._ready(catalogue)
            if self._duplicates is None:
                self._duplicates = find_duplicates(catalogue, model_id)
            return self._duplicates

    def like(self, catalogue: Catalogue, sha: str) -> tuple[CatalogueRow, list[tuple[CatalogueRow, float]]] | None:
        """A song and the songs that are most like it, with their likeness; None where there is no such song."""
        with self._lock:
            model_id = self._ready(catalogue)
            assert self._layout is not None
            shas, units = self._layout.shas, self._layout.units
        rows = {row.sha256: row for row in _rows(catalogue, model_id, (sha,))}
        if sha not in rows:
            return None
        try:
            place = shas.index(sha)
        except ValueError:
            return rows[sha], []
        near, alike = nearest(units, min(_LIKE, len(shas) - 1), [place])
        found = [(shas[i], float(likeness)) for i, likeness in zip(near[0].tolist(), alike[0], strict=True)]
        others = {row.sha256: row for row in _rows(catalogue, model_id, tuple(other for other, _ in found))}
        return rows[sha], [(others[other], likeness) for other, likeness in found if other in others]

    def evidence(self, catalogue: Catalogue, policy: Policy, *, last: bool = False) -> Evidence:
        """What limits can be judged by.

        Args:
            catalogue: Whose songs.
            policy: Its other settings say which songs limits are about; always the same one.
            last: Whether what was counted last will do: to ask whether anything changed takes a second at 100 000 rows.
        """
        if last and (kept := self._evidence.last) is not None:
            return kept
        model_id = _model(catalogue)
        about = (model_id, catalogue.counts(model_id), Decisions(catalogue.database).state())
        return self._evidence.get(about, lambda: _evidence(catalogue, model_id, policy))

    def compared(self, catalogue: Catalogue, a: int, b: int) -> Compared:
        """What differs between the answers of two models."""
        about = (a, b, catalogue.counts(a), catalogue.counts(b), Decisions(catalogue.database).state())
        return self._compared.get(about, lambda: _compared(catalogue, a, b))

    def _ready(self, catalogue: Catalogue) -> int:
        model_id = _model(catalogue)
        state = (model_id, catalogue.counts(model_id).done)
        if self._state != state:
            self._layout, self._duplicates = lay_out(catalogue, model_id), None
            self._state = state
        return model_id


def _evidence(catalogue: Catalogue, model_id: int, policy: Policy) -> Evidence:
    unlimited, songs, work = policy.unlimited(), Songs(), Work()
    for row in catalogue.rows(model_id, RowFilter(first_copies=True)):
        found = unlimited.triage(row)
        songs.add(row, found)
        work.add(row, found)
    curves: dict[str, Curve] = {}
    if songs.judged:
        curves["reviews"] = curve_of_reviews(songs)
    with contextlib.suppress(PolicyError):  # nobody measured this model
        curves["card"] = curve_of_card(catalogue.models()[model_id].sha256, songs=songs)
    return Evidence(songs, work, curves)


def _compared(catalogue: Catalogue, a: int, b: int) -> Compared:
    changed: list[tuple[str, str, str]] = []

    def note(pair: Pair) -> None:
        changed.append((pair.a.sha256, *pair.said))

    found = compare_models(catalogue, a, b, changed=note)
    return Compared(found, tuple(changed))


def _rows(catalogue: Catalogue, model_id: int, shas: tuple[str, ...]) -> list[CatalogueRow]:
    only = RowFilter(states=("done",), sha256s=shas, first_copies=True)
    return list(catalogue.rows(model_id, only))


def _model(catalogue: Catalogue) -> int:
    number = catalogue.latest_model()
    if number is None:
        raise CatalogueError("CATALOGUE_EMPTY", "no song of this catalogue has an answer yet")
    return number
