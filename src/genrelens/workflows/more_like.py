"""Songs of a catalogue as candidates for `insight.similar`: what was heard once is not heard again."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.windows import SourceInfo
from genrelens.catalogue.paths import from_text
from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.catalogue.vectors import unit_vectors
from genrelens.errors import CatalogueError
from genrelens.insight.description import Candidate
from genrelens.listening.analysis import Analysis, ModelInfo
from genrelens.listening.bundle import Bundle

__all__ = ["model_of", "nearest_candidates"]

_CHUNK: Final = 500


def model_of(catalogue: Catalogue, bundle: Bundle) -> int:
    """The id under which a bundle has answered in a catalogue, without making one.

    Raises:
        CatalogueError: `CATALOGUE_EMPTY`: it never has.
    """
    own = [number for number, info in catalogue.models().items() if info.sha256 == bundle.model_sha256]
    if not own:
        raise CatalogueError("CATALOGUE_EMPTY", f"the model {bundle.name!r} has heard no song of this catalogue")
    return own[-1]


def nearest_candidates(
    catalogue: Catalogue, model_id: int, embedding: NDArray[np.float32], most: int
) -> list[Candidate]:
    """The songs of a catalogue that are most like an embedding, as candidates without a description.

    Args:
        catalogue: Open.
        model_id: Whose answers; the embedding must be the same model's.
        embedding: Of the song, float32 [d].
        most: How many; further copies of the same bytes count as one.

    Raises:
        CatalogueError: `CATALOGUE_EMPTY`: nothing has been heard yet.
    """
    shas, units = unit_vectors(catalogue, model_id)
    if not shas:
        raise CatalogueError("CATALOGUE_EMPTY", "no song of this catalogue has an embedding yet")
    cosines = units @ (embedding / max(float(np.linalg.norm(embedding)), 1e-12))
    place = {shas[i]: i for i in np.argsort(-cosines, kind="stable")[:most].tolist()}
    wanted = list(place)
    rows: dict[str, list[CatalogueRow]] = {sha: [] for sha in wanted}
    for first in range(0, len(wanted), _CHUNK):
        only = RowFilter(states=("done",), sha256s=tuple(wanted[first : first + _CHUNK]))
        for row in catalogue.rows(model_id, only):
            rows[row.sha256].append(row)
    return [
        Candidate(str(from_text(row.path)), _answer(row, units[place[sha]]))
        for sha, copies in rows.items()
        for row in copies
        if row.top
    ]


def _answer(row: CatalogueRow, embedding: NDArray[np.float32]) -> Analysis:
    assert row.model is not None
    return Analysis(
        source=_source(row),
        listened=(),
        top=row.top,
        not_music=row.not_music,
        tier=row.tier,  # type: ignore[arg-type]  # the column holds nothing else
        mix_index=row.mix_index or 0.0,
        prediction_set=row.prediction_set,
        health=(),
        windows=(),
        embedding=embedding,
        model=ModelInfo(row.model.name, row.model.version, row.model.sha256, row.model.calibrated),
        timing_ms={},
    )


def _source(row: CatalogueRow) -> SourceInfo:
    # Codec and rate stand in the whole analysis only; nothing that compares songs asks for them.
    return SourceInfo(from_text(row.path).name, row.sha256, row.duration_s or 0.0, "", 0, 0, row.genre_tag)
