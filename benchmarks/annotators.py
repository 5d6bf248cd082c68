"""Simulated sources of genre labels: how good they are, what they confuse, who is lazy, who copies.

    careful, fair, poor   right in 85, 65 and 45 % of the songs; of the wrong ones half are a neighbour of the genre
    mixes                 fair, but cannot tell Hip-Hop from Rap, nor R&B from Pop: always the commoner of the two
    lazy                  says Pop, whatever it is, in 80 % of the songs; else is fair
    copy, half copy       says what the first source says, always or half of the time; else is fair on its own
    skips                 as fair, but labels only 40 % of the songs

What a source says of a song depends on the song's genre and on the source alone, except for copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.taxonomy import GENRES

__all__ = ["LABELS", "NOTHING", "label_songs"]

LABELS: Final = tuple(genre.id for genre in GENRES)
NOTHING: Final = -1
"""The source says nothing of the song."""

_RIGHT: Final = {"careful": 0.85, "fair": 0.65, "poor": 0.45}
_NEIGHBOURS: Final = {
    "Blues": "Rock", "Classical": "World", "Country": "Folk", "Disco": "Electronic", "Electronic": "Pop",
    "Folk": "Country", "Hip-Hop": "Rap", "Jazz": "Blues", "Latin": "World", "Metal": "Rock", "Pop": "Rock",
    "R&B": "Pop", "Rap": "Hip-Hop", "Reggae": "World", "Rock": "Pop", "World": "Folk",
}  # fmt: skip
_MERGED: Final = {"Hip-Hop": "Rap", "R&B": "Pop"}


def label_songs(kinds: Sequence[str], truth: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """What each source says of each song, [sources, songs]: indices into `LABELS`, or `NOTHING`."""
    said: list[NDArray[np.int64]] = []
    for kind in kinds:
        row = _alone(kind, truth, random)
        if kind in ("copy", "half copy"):
            copied = random.random(len(truth)) < (1.0 if kind == "copy" else 0.5)
            row = np.where(copied, said[0], row)
        said.append(row)
    return np.stack(said)


def _alone(kind: str, truth: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    songs = len(truth)
    right = random.random(songs) < _RIGHT.get(kind, _RIGHT["fair"])
    neighbour = np.array([LABELS.index(_NEIGHBOURS[label]) for label in LABELS])[truth]
    # Any other: never the right one.
    any_other = (truth + random.integers(1, len(LABELS), songs)) % len(LABELS)
    wrong = np.where(random.random(songs) < 0.5, neighbour, any_other)
    row = np.where(right, truth, wrong)
    if kind == "mixes":
        merged = np.array([LABELS.index(_MERGED.get(label, label)) for label in LABELS])
        row = merged[row]
    if kind == "lazy":
        row = np.where(random.random(songs) < 0.8, LABELS.index("Pop"), row)
    if kind == "skips":
        row = np.where(random.random(songs) < 0.4, row, NOTHING)
    return row.astype(np.int64)
