"""The songs whose embeddings travel with the bundle, so that `genrelens teach --keep` does not forget the old genres.

python -m training.anchors --config training/configs/base.yaml
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from genrelens.listening.model import load_model
from genrelens.workflows.anchors import Anchors, write_anchors
from training.corpus import Clip, Corpus
from training.export import bundle_folder
from training.listening import hear
from training.metrics import truth_of
from training.settings import Settings, command_line

__all__ = ["add_anchors", "choose_anchors"]

log = logging.getLogger(__name__)

PER_GENRE: Final = 20


def add_anchors(settings: Settings, folder: Path) -> None:
    """Hear the anchors through a bundle and write them beside it."""
    clips = choose_anchors(Corpus(settings.corpus, settings.seed).part("train"), PER_GENRE)
    heard = hear(load_model(folder, device="cpu"), Corpus(settings.corpus, settings.seed), clips)
    embeddings = [item.hearing.embedding.mean(0) for item in heard if item.hearing.embedding is not None]
    write_anchors(folder, Anchors(np.stack(embeddings), truth_of([item.clip for item in heard])))
    log.info("%d anchors", len(heard))


def choose_anchors(clips: Sequence[Clip], per_genre: int) -> list[Clip]:
    """Songs with the surest labels, of as many artists as there are: one of each, then a second of each, ..."""
    by_genre: dict[str, dict[str, list[Clip]]] = defaultdict(lambda: defaultdict(list))
    for clip in sorted(clips, key=lambda clip: ("high", "medium", "low").index(clip.confidence)):
        if clip.is_music:
            by_genre[clip.label][clip.group].append(clip)
    chosen = []
    for groups in by_genre.values():
        turns = [clip for turn in range(per_genre) for songs in groups.values() for clip in songs[turn : turn + 1]]
        chosen += turns[:per_genre]
    return chosen


if __name__ == "__main__":
    chosen = command_line(__doc__)
    add_anchors(chosen, bundle_folder(chosen))
