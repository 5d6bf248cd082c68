"""Clips of the corpus through the product's own way: decoded, windowed, normalised, heard as a user's file would be."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from genrelens.listening.hearing import Hearing
from genrelens.listening.model import Model
from training.corpus import Clip, Corpus

__all__ = ["Heard", "hear", "hear_clips"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip and what the network heard in it."""

    clip: Clip
    hearing: Hearing


def hear_clips(model: Model, corpus: Corpus, parts: Sequence[str]) -> list[Heard]:
    """Every clip of the parts, as `hear` does."""
    return hear(model, corpus, corpus.part(*parts))


def hear(model: Model, corpus: Corpus, clips: Sequence[Clip]) -> list[Heard]:
    """Every clip that is not silent; one that cannot be decoded is logged and left out."""
    result = []
    bundle = model.bundle
    for clip in clips:
        try:
            excerpt = listen(
                corpus.read(clip), sample_rate=bundle.sample_rate, window_s=bundle.window_s, count=bundle.windows
            )
        except AudioError as error:
            log.warning("%s: %s", clip.id, error)
            continue
        if len(excerpt.windows):
            result.append(Heard(clip, model.hear(excerpt)))
    return result
