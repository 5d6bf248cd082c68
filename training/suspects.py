"""Labels of `train` that are probably wrong: confident learning's simplest rule (Northcutt et al. 2021).

    python -m training.suspects --config training/configs/base.yaml

A clip is suspicious where a probe that never saw its artist gives its label next to nothing and another genre, not
accepted either, most. The list goes to `docs/suspects.csv` and into the model card; nothing is dropped.
"""

from __future__ import annotations

import csv
import logging
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.corpus import LABELS, Clip, Corpus, accepted_labels
from training.settings import Settings, command_line
from training.store import Store
from training.targets import out_of_fold_answers

__all__ = ["Suspect", "judged", "suspects"]

log = logging.getLogger(__name__)

_OWN_AT_MOST: Final = 0.03
_OTHER_AT_LEAST: Final = 0.7
_FILE: Final = Path(__file__).resolve().parents[1] / "docs" / "suspects.csv"

Suspect = tuple[Clip, str, float]
"""Clip, the genre that was thought instead, its probability."""


def suspects(settings: Settings) -> list[Suspect]:
    """The suspicious clips, the surest first."""
    plain = Store.open(settings.stores / "plain")
    heard = set(plain.ids.tolist())
    songs = [c for c in Corpus(settings.corpus, settings.seed).part("train") if c.id in heard and c.is_music]
    return judged(songs, out_of_fold_answers(songs, plain, settings))


def judged(songs: list[Clip], thought: NDArray[np.float32]) -> list[Suspect]:
    """Which of the songs are suspicious, given probabilities [songs, labels] of a probe that never saw them."""
    found = []
    for clip, p in zip(songs, thought, strict=True):
        first = LABELS[int(p.argmax())]
        own = max(float(p[LABELS.index(label)]) for label in accepted_labels(clip))
        if first not in accepted_labels(clip) and own <= _OWN_AT_MOST and p.max() >= _OTHER_AT_LEAST:
            found.append((clip, first, float(p.max())))
    return sorted(found, key=lambda item: -item[2])


def main() -> None:
    """The command line."""
    rows = suspects(command_line(__doc__))
    with _FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "label", "confidence", "thought", "probability"])
        writer.writerows([c.id, c.label, c.confidence, other, f"{p:.2f}"] for c, other, p in rows)
    log.info("%d suspicious labels", len(rows))


if __name__ == "__main__":
    main()
