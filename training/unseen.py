"""How well songs are told whose source was never heard: what a user's own files are.

    python -m training.unseen --config training/configs/base.yaml

A source is where the corpus has clips from: a collection with its own taste and its own sound. `test` and `validation`
share most of theirs with `train`, so a model that knows a collection's sound looks better there than it is. Here the
recipe's first seed is trained four times, each time without a quarter of the sources (and without their artists
elsewhere), and asked about the songs of these; a song counts as often as its genre is in validation. Writes
`docs/unseen.json`. Neither `validation` nor `test` has a part in it, so it may choose between recipes.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.corpus import Clip, Corpus, source_folds
from training.files import write_json
from training.metrics import accepted_hits, best_temperature, softmax, strict_hits, top_hits, truth_of
from training.settings import Settings, command_line
from training.store import Store
from training.train import load_trained, song_logits, train, train_clips

__all__ = ["FOLDS", "unseen", "weighed"]

log = logging.getLogger(__name__)

FOLDS: Final = 4
_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"


def unseen(settings: Settings) -> dict[str, float]:
    """Figures of all music of train, each song by a reader that never heard its source."""
    corpus = Corpus(settings.corpus, settings.seed)
    plain = Store.open(settings.stores / "plain")
    heard = set(plain.ids.tolist())
    songs = [clip for clip in corpus.part("train") if clip.is_music and clip.id in heard]
    fold = source_folds(songs, FOLDS)
    logits = np.zeros((len(songs), 0))
    for number in range(FOLDS):
        inside = np.flatnonzero(fold == number)
        asked = [songs[index] for index in inside]
        part = replace(
            settings,
            name=f"{settings.name}-without-{number}",
            without=tuple(sorted({clip.source for clip in asked})),
            recipe=replace(settings.recipe, seeds=settings.recipe.seeds[:1]),
            idea="",
        )
        train(part)
        trained = load_trained(part)
        found = song_logits(trained.readers, trained.standards, plain, asked)
        logits = logits if logits.shape[1] else np.zeros((len(songs), found.shape[1]))
        logits[inside] = found
        log.info("without fold %d: %d clips learnt from, %d songs asked", number, len(train_clips(part)), len(asked))
    validation = [clip for clip in corpus.part("choosing", "calibrating") if clip.is_music]
    return weighed(logits, songs, Counter(clip.label for clip in validation))


def weighed(logits: NDArray[np.float64], songs: list[Clip], wanted: Counter[str]) -> dict[str, float]:
    """Figures at the best temperature, where every genre weighs as it does among `wanted`.

    Args:
        logits: [songs, labels].
        songs: What they are of.
        wanted: How often each genre shall count.
    """
    own = Counter(clip.label for clip in songs)
    weight = np.array([wanted[clip.label] / own[clip.label] for clip in songs])
    weight /= weight.sum()
    p = softmax(logits / best_temperature(logits, songs))
    right = -np.log(np.maximum(p[np.arange(len(songs)), truth_of(songs)], 1e-12))
    figures: dict[str, Any] = {
        "top1": strict_hits(p, songs),
        "accepted": accepted_hits(p, songs),
        "top3": top_hits(p, songs, 3),
        "nll": right,
    }
    return {name: round(float(weight @ values), 4) for name, values in figures.items()}


def main() -> None:
    """The command line."""
    settings = command_line(__doc__)
    figures = unseen(settings)
    log.info("sources never heard: %s", figures)
    write_json(_DOCS / "unseen.json", {"folds": FOLDS, **figures})


if __name__ == "__main__":
    main()
