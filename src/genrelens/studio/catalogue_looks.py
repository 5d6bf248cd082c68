"""The open catalogue as the tab shows it: laid out once, and read anew where that is cheap.

Embeddings and their places are what costs (17 s for 20 000 songs on two busy cores; 7 kB a song): they are kept for as
long as the number of answers is the same. Genres, decisions and tags are read each time, so that a decision shows at
once.
"""

from __future__ import annotations

import threading
from typing import Final

from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import CatalogueError
from genrelens.workflows.catalogue_map import CatalogueMap, Layout, lay_out, map_catalogue, nearest
from genrelens.workflows.duplicates import Duplicates, find_duplicates
from genrelens.workflows.longtail import LongTail, long_tail

__all__ = ["Looks"]

_LIKE: Final = 8
"""Neighbours that are shown of a song."""
_FINDS: Final = 30


class Looks:
    """What has been worked out of the catalogue. May be used from many threads; one works at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: tuple[int, int] | None = None
        self._layout: Layout | None = None
        self._duplicates: Duplicates | None = None

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

    def _ready(self, catalogue: Catalogue) -> int:
        model_id = _model(catalogue)
        state = (model_id, catalogue.counts(model_id).done)
        if self._state != state:
            self._layout, self._duplicates = lay_out(catalogue, model_id), None
            self._state = state
        return model_id


def _rows(catalogue: Catalogue, model_id: int, shas: tuple[str, ...]) -> list[CatalogueRow]:
    only = RowFilter(states=("done",), sha256s=shas, first_copies=True)
    return list(catalogue.rows(model_id, only))


def _model(catalogue: Catalogue) -> int:
    number = catalogue.latest_model()
    if number is None:
        raise CatalogueError("CATALOGUE_EMPTY", "no song of this catalogue has an answer yet")
    return number
