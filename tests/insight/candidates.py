"""Candidates made of plain numbers, for tests of what is decided from analyses."""

from __future__ import annotations

import hashlib

import numpy as np

from genrelens.audio.windows import SourceInfo
from genrelens.insight.description import Candidate, Description
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo, WindowScores
from genrelens.listening.tags import HeardTag
from genrelens.taxonomy import GENRES

MODEL = ModelInfo("test", "1", "0" * 64)


def spread(**probabilities: float) -> dict[str, float]:
    """The named genres (R_B and Hip_Hop for R&B and Hip-Hop) with their probabilities, the rest evenly."""
    named = {name.replace("R_B", "R&B").replace("Hip_Hop", "Hip-Hop"): p for name, p in probabilities.items()}
    rest = (1 - sum(named.values())) / (len(GENRES) - len(named))
    return {genre.id: named.get(genre.id, rest) for genre in GENRES}


def candidate(
    path: str,
    *,
    first=None,
    tags=(),
    tier="sure",
    seconds=180.0,
    embedding=None,
    content=None,
    description=None,
    **genres,
):
    """A candidate with these genres; `first` is what its first window alone says."""
    whole = spread(**genres)
    top = tuple(GenreScore(name, p) for name, p in sorted(whole.items(), key=lambda pair: -pair[1]))
    windows = (WindowScores(0.0, spread(**(first or genres))), WindowScores(10.0, whole))
    digest = hashlib.sha256((content or path).encode()).hexdigest()
    heard = tuple(HeardTag(tag, {"en": tag, "zh": tag}, 0.85) for tag in tags)
    vector = None if embedding is None else np.asarray(embedding, np.float32)
    analysis = Analysis(
        SourceInfo(path, digest, seconds, "mp3", 44_100, 2), ((0.0, 10.0),), top, 0.9 if tier == "not_music" else 0.0,
        tier, 20.0, (top[0].id,), (), windows, vector, MODEL, {}, heard,
    )  # fmt: skip
    return Candidate(path, analysis, description or Description())
