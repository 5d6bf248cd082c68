"""The labelled corpus: its manifest, its clips read in place from the tars, its splits, and what a clip should answer.

Splits are by group (artist, or album or source). `validation` is cut once more, by group, into a part that
chooses (early stopping, hyper-parameters) and a part that calibrates (temperature, conformal); neither sees the other.
"""

from __future__ import annotations

import csv
import hashlib
import os
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.taxonomy import GENRES

__all__ = [
    "CONFIDENCE_WEIGHT",
    "LABELS",
    "NOT_MUSIC",
    "Clip",
    "Corpus",
    "accepted_labels",
    "corpus_folder",
    "cut_validation",
    "folds",
    "label_target",
    "source_folds",
]

LABELS: Final = tuple(genre.id for genre in GENRES)
"""The genres in the order of the logits."""
NOT_MUSIC: Final = "not-music"
CONFIDENCE_WEIGHT: Final = {"high": 1.0, "medium": 0.8, "low": 0.3}
"""How much the label of a clip counts in training."""

_INTERCHANGEABLE: Final = frozenset({"Hip-Hop", "Rap"})
"""The line between these two is thin: each counts for the other in accepted figures."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One row of the manifest, with the part it belongs to.

    Attributes:
        id: Of the clip; also its file name.
        part: "train", "choosing", "calibrating" or "test".
        label: A genre or `NOT_MUSIC`.
        label2: A second answer that a fair person would accept, or "".
        confidence: "high", "medium" or "low".
        group: Artist, album or source; no group is in two parts.
        duration_s: Seconds.
        source: Where the corpus has it from.
        artist: For people; may be "".
        title: For people; may be "".
    """

    id: str
    part: str
    label: str
    label2: str
    confidence: str
    group: str
    duration_s: float
    source: str = ""
    artist: str = ""
    title: str = ""

    @property
    def is_music(self) -> bool:
        """Whether it has a genre."""
        return self.label != NOT_MUSIC


class Corpus:
    """The clips of a corpus folder.

    Args:
        folder: With `manifest.csv` and the tars.
        seed: Of the cut of `validation`.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        cut = cut_validation([(r["group"], r["label"]) for r in rows if r["split"] == "validation"], seed)
        self.clips = tuple(
            Clip(
                id=row["id"],
                part=cut[row["group"]] if row["split"] == "validation" else row["split"],
                label=row["label"],
                label2=row["label2"],
                confidence=row["confidence"],
                group=row["group"],
                duration_s=float(row["duration_s"]),
                source=row.get("source", ""),
                artist=row.get("artist", ""),
                title=row.get("title", ""),
            )
            for row in rows
        )
        self._members: dict[str, tuple[Path, int, int]] = {}

    def part(self, *names: str) -> list[Clip]:
        """The clips of one part or several, in the manifest's order."""
        return [clip for clip in self.clips if clip.part in names]

    def read(self, clip: Clip) -> bytes:
        """The encoded file of a clip.

        Raises:
            KeyError: No tar holds it.
        """
        if not self._members:
            self._members = _index(self.folder)
        path, offset, size = self._members[clip.id]
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)


def corpus_folder() -> Path:
    """`GENRELENS_CORPUS`, or `../shared/corpus` beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "corpus"
    return Path(os.environ.get("GENRELENS_CORPUS") or default)


def cut_validation(clips: Iterable[tuple[str, str]], seed: int) -> dict[str, str]:
    """Group -> "choosing" or "calibrating", every label as evenly as whole groups allow.

    Args:
        clips: (group, label) of each clip.
        seed: Decides among equals.
    """
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for group, label in clips:
        labels[group][label] += 1
    order = sorted(labels, key=lambda group: (-labels[group].total(), _hash(f"{seed}/{group}")))
    lead: Counter[str] = Counter()  # label -> clips in "choosing" minus clips in "calibrating"
    cut = {}
    for group in order:
        counts = labels[group]
        drift = sum(lead[label] * count for label, count in counts.items())
        choosing = drift < 0 or (drift == 0 and _hash(f"{seed}:{group}") % 2 == 0)
        cut[group] = "choosing" if choosing else "calibrating"
        for label, count in counts.items():
            lead[label] += count if choosing else -count
    return cut


def label_target(clip: Clip, second: float) -> NDArray[np.float32]:
    """What a music clip should answer, float32 [labels]: `second` of it for the second label, where it has one."""
    target = np.zeros(len(LABELS), np.float32)
    target[LABELS.index(clip.label)] = 1.0
    if clip.label2 in LABELS:
        target[LABELS.index(clip.label)] -= second
        target[LABELS.index(clip.label2)] += second
    return target


def accepted_labels(clip: Clip) -> frozenset[str]:
    """Every answer that counts as accepted: the label, its second, and Hip-Hop and Rap for each other."""
    accepted = {clip.label, clip.label2} & set(LABELS)
    return frozenset(accepted | _INTERCHANGEABLE if accepted & _INTERCHANGEABLE else accepted)


def folds(groups: Sequence[str], count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each clip, int64 [clips]; a group lies in one fold."""
    return np.array([_hash(f"{seed}#{group}") % count for group in groups], np.int64)


def source_folds(clips: Sequence[Clip], count: int) -> NDArray[np.int64]:
    """The fold of each clip, int64 [clips]; a source lies in one fold, and folds are about alike in size."""
    sizes = Counter(clip.source for clip in clips)
    load = [0] * count
    fold = {}
    for source in sorted(sizes, key=lambda name: (-sizes[name], name)):
        fold[source] = load.index(min(load))
        load[fold[source]] += sizes[source]
    return np.array([fold[clip.source] for clip in clips], np.int64)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _index(folder: Path) -> dict[str, tuple[Path, int, int]]:
    members = {}
    for path in sorted(folder.glob("*-*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                if member.isfile():
                    members[Path(member.name).stem] = (path, member.offset_data, member.size)
    return members
