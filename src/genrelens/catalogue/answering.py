"""An `Analysis` as the columns of a row and back, without what differs from run to run (names and timings)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from genrelens.catalogue.rows import CatalogueRow
from genrelens.errors import CatalogueError
from genrelens.listening.analysis import Analysis, GenreScore
from genrelens.listening.bundle import Bundle
from genrelens.listening.frontend import VERSION

__all__ = [
    "columns_of",
    "doubtful_start",
    "embedding_of",
    "front_end_of",
    "packed_json",
    "read_brief",
    "readable",
    "row_of",
    "unpacked",
]

_DOUBTFUL_S: Final = 15.0
"""Length of the part that a reviewer hears first."""


def front_end_of(bundle: Bundle) -> str:
    """Names all that turns a file into the network's input: other parameters or other code, other answers."""
    said = [VERSION, bundle.window_s, bundle.windows, [[item.name, asdict(item.spec)] for item in bundle.inputs]]
    calibration = asdict(bundle.calibration)
    return hashlib.sha256(json.dumps([said, calibration], sort_keys=True, default=str).encode()).hexdigest()[:16]


def columns_of(analysis: Analysis) -> dict[str, Any]:
    """Column -> value of the table `answers` for a song that was answered."""
    whole = analysis.to_dict()
    del whole["timing_ms"]
    whole["source"]["name"] = ""
    first = analysis.top[0] if analysis.top else None
    brief = {
        "top": [[score.id, score.probability] for score in analysis.top],
        "set": list(analysis.prediction_set),
        "health": [finding.code for finding in analysis.health],
        "tags": [tag.id for tag in analysis.tags],
        "doubtful_s": doubtful_start(analysis),
    }
    return {
        "genre": first.id if first else None,
        "probability": first.probability if first else None,
        "tier": analysis.tier,
        "mix_index": analysis.mix_index,
        "not_music": analysis.not_music,
        "duration_s": analysis.source.duration_s,
        "genre_tag": analysis.source.genre_tag,
        "brief": json.dumps(brief, ensure_ascii=False, separators=(",", ":"), allow_nan=False),
        "analysis": zlib.compress(json.dumps(whole, ensure_ascii=False, allow_nan=False).encode(), 6),
        "embedding": None if analysis.embedding is None else analysis.embedding.astype("<f4").tobytes(),
    }


def doubtful_start(analysis: Analysis) -> float:
    """Where the 15 s begin that speak least for the song's first genre, in seconds of the source."""
    if not analysis.top or not analysis.windows:
        return 0.0
    first = analysis.top[0].id
    weakest = min(analysis.windows, key=lambda window: (window.probabilities.get(first, 0.0), window.start_s))
    latest = max(0.0, analysis.source.duration_s - _DOUBTFUL_S)
    return max(0.0, min(weakest.start_s - 2.5, latest))


def row_of(analysis: Analysis) -> CatalogueRow:
    """The row that an answer becomes, without a path: for what judges rows before they are kept."""
    source = analysis.source
    return CatalogueRow(
        path="",
        sha256=source.sha256,
        size=0,
        copy_of="",
        state="done",
        error="",
        message="",
        model=analysis.model,
        model_id=None,
        top=analysis.top,
        tier=analysis.tier,
        mix_index=analysis.mix_index,
        not_music=analysis.not_music,
        prediction_set=analysis.prediction_set,
        health=tuple(finding.code for finding in analysis.health),
        tags=tuple(tag.id for tag in analysis.tags),
        doubtful_s=doubtful_start(analysis),
        duration_s=source.duration_s,
        genre_tag=source.genre_tag,
    )


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """Around the reading of columns.

    Raises:
        CatalogueError: `CATALOGUE_CORRUPT` where one holds something else than was written.
    """
    try:
        yield
    except (zlib.error, ValueError, TypeError, AttributeError) as error:
        raise CatalogueError("CATALOGUE_CORRUPT", f"an answer in the catalogue cannot be read: {error}") from None


def read_brief(text: str | None) -> dict[str, Any]:
    """The fields of `CatalogueRow` that `columns_of` put into the column `brief`."""
    said: Mapping[str, Any] = json.loads(text) if text else {}
    return {
        "top": tuple(GenreScore(label, probability) for label, probability in said.get("top", ())),
        "prediction_set": tuple(said.get("set", ())),
        "health": tuple(said.get("health", ())),
        "tags": tuple(said.get("tags", ())),
        "doubtful_s": float(said.get("doubtful_s", 0.0)),
    }


def packed_json(data: bytes) -> bytes:
    """The JSON object that the column `analysis` holds.

    Raises:
        zlib.error: It cannot be unpacked.
        ValueError: It is no object.
    """
    said = zlib.decompress(data)
    if not (said.startswith(b"{") and said.endswith(b"}") and len(said) > 2):
        raise ValueError("no JSON object")
    return said


def unpacked(data: bytes) -> dict[str, Any]:
    """The whole analysis (`Analysis.to_dict()` without timings and name) from the column `analysis`."""
    whole: dict[str, Any] = json.loads(zlib.decompress(data))
    return whole


def embedding_of(data: bytes | None) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    """float32 [d] from the column `embedding`."""
    return None if data is None else np.frombuffer(data, dtype="<f4").astype(np.float32)
