"""What the tab "Settle" keeps of a table: what was asked, to ask again with more names known, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from genrelens.taxonomy import GENRES
from genrelens.workflows.arbitration.answer import Arbitration
from genrelens.workflows.arbitration.table import LabelTable
from genrelens.workflows.arbitration.voices import Catalogued

__all__ = ["Settled"]


@dataclass(frozen=True, slots=True)
class Settled:
    """One table and its answer.

    Attributes:
        table: As it was given.
        found: What came out.
        catalogued: What the page's catalogue says of its files; None without one.
        names: What the listener said that names mean: name -> label, "" for no genre.
    """

    table: LabelTable
    found: Arbitration
    catalogued: Catalogued | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """Those that a name may mean."""
        own = None if self.catalogued is None else self.catalogued.labels
        return tuple(genre.id for genre in GENRES) if own is None else own
