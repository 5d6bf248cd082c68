"""Clips of the corpus, analysed once and kept in a temporary folder, so that a benchmark can be run again at once.

What is kept are answers, no sound; they belong to one model and are made anew for another.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genrelens.insight.description import DescribingDecoder, Description
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import analyze_many
from genrelens.listening.model import Model
from training.corpus import Clip, Corpus

__all__ = ["HeardClip", "heard_clips"]


@dataclass(frozen=True, slots=True)
class HeardClip:
    """A clip, its analysis, and the light description of its sound."""

    clip: Clip
    analysis: Analysis
    description: Description


def heard_clips(model: Model, corpus: Corpus, parts: Sequence[str], cache: Path) -> list[HeardClip]:
    """The clips of the parts that can be decoded and are not silent, analysed as a user's file would be."""
    kept = cache / f"heard-{'-'.join(parts)}-{model.bundle.model_sha256[:16]}.pkl"
    if kept.is_file():
        with kept.open("rb") as file:
            found: list[HeardClip] = pickle.load(file)  # written by ourselves, below
            return found
    decoder = DescribingDecoder()
    clips = corpus.part(*parts)
    answers = analyze_many(model, (corpus.read(clip) for clip in clips), decoder=decoder)
    heard = [
        HeardClip(clip, answer, decoder.described(answer.source.sha256))
        for clip, answer in zip(clips, answers, strict=True)
        if isinstance(answer, Analysis) and answer.top
    ]
    cache.mkdir(parents=True, exist_ok=True)
    with kept.open("wb") as file:
        pickle.dump(heard, file)
    return heard
