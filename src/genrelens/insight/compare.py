"""Two or three versions of a song side by side: what the model hears differently, and what is only noise.

The probabilities are those of `analyze`, so they are the numbers that every other door shows. A genre's difference
counts when it exceeds the noise floor (`insight/noise_floor.py`) twice, in the same direction: in those numbers, which
rest on a few windows, and over the whole of both files. Where no genre's does, there is no difference that the model
hears, whatever the last digits say. The files may differ in length, level and start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from genrelens.audio.song import Song, SongReader, read_song
from genrelens.audio.windows import SourceInfo, listen
from genrelens.errors import AudioError, UsageError
from genrelens.insight.changes import KeyChange, NoteChange, changes, key_change
from genrelens.insight.noise_floor import Steadiness, hear_shifted, noise_floor, steadiness
from genrelens.insight.notes import Notes, listening_notes
from genrelens.listening.along import Along
from genrelens.listening.analysis import Analysis, ModelInfo, Tier
from genrelens.listening.analyze import Decoder, Source, analyze
from genrelens.listening.model import Model

__all__ = [
    "SCHEMA_VERSION",
    "Comparison",
    "Difference",
    "GenreChange",
    "Heard",
    "Version",
    "compare",
    "read_version",
]

SCHEMA_VERSION: Final = 1
"""Of `Comparison.to_dict()`."""
_MOST: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One file to compare: its answer, its sound, and what was heard of it already.

    Attributes:
        analysis: From `analyze`; its numbers are those that are shown.
        song: The same source, or the same part of it, from `read_song`.
        along: Its overlapping windows where somebody heard them before (a timeline); heard anew when left out.
        notes: Its listening notes where they were taken before.
    """

    analysis: Analysis
    song: Song
    along: Along | None = None
    notes: Notes | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One version as the comparison shows it.

    Attributes:
        source: What the file says of itself.
        start_s: Where what was compared begins in the source, seconds.
        end_s: Where it ends, seconds.
        tier: As in its `Analysis`.
        probabilities: Label -> probability, as in its `Analysis`.
        spread: Label -> standard deviation of the probability over shifted windows.
    """

    source: SourceInfo
    start_s: float
    end_s: float
    tier: Tier
    probabilities: Mapping[str, float]
    spread: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class GenreChange:
    """One genre in a version, against the reference.

    Attributes:
        label: Of the bundle.
        before: Probability in the reference, 0 to 1.
        after: Probability in the version.
        whole: Difference over all windows of both files, version less reference.
        floor: What a difference must exceed.
        counts: Whether it does, both in the shown numbers and over the whole files.
    """

    label: str
    before: float
    after: float
    whole: float
    floor: float
    counts: bool

    @property
    def difference(self) -> float:
        """Probability in the version less that in the reference."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """One version against the reference.

    Attributes:
        version: Its place in `Comparison.versions`, 1 or 2.
        genres: Every label, the largest difference first.
        notes: What was measured of the sound in both, those that changed and those that did not.
        key: The change of key, where both keys are sure and differ.
    """

    version: int
    genres: tuple[GenreChange, ...]
    notes: tuple[NoteChange, ...]
    key: KeyChange | None = None

    @property
    def counted(self) -> tuple[GenreChange, ...]:
        """The genres whose difference counts, the largest first."""
        return tuple(genre for genre in self.genres if genre.counts)

    @property
    def difference(self) -> bool:
        """Whether the model hears a difference."""
        return bool(self.counted)

    @property
    def largest(self) -> GenreChange | None:
        """The genre with the largest difference that counts; None where none does."""
        return next(iter(self.counted), None)

    @property
    def changed(self) -> tuple[NoteChange, ...]:
        """The notes whose change counts."""
        return tuple(note for note in self.notes if note.counts)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Versions of a song, the first of which is the reference.

    Attributes:
        versions: Two or three, in the order in which they were given.
        differences: Of every version after the first, against the first.
        labels: Of the bundle, in its order.
        model: Which model answered.
    """

    versions: tuple[Heard, ...]
    differences: tuple[Difference, ...]
    labels: tuple[str, ...]
    model: ModelInfo

    @property
    def difference(self) -> bool:
        """Whether the model hears a difference between the reference and any other version."""
        return any(each.difference for each in self.differences)

    @property
    def largest(self) -> str | None:
        """The genre with the largest difference that counts in any version; None where none does."""
        found = [each.largest for each in self.differences if each.largest is not None]
        return max(found, key=lambda genre: abs(genre.difference)).label if found else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "schema_version": SCHEMA_VERSION,
            "model": asdict(self.model),
            "labels": list(self.labels),
            "difference": self.difference,
            "largest": self.largest,
            "versions": [asdict(version) for version in self.versions],
            "differences": [
                {
                    "version": each.version,
                    "difference": each.difference,
                    "largest": None if each.largest is None else each.largest.label,
                    "genres": [{**asdict(genre), "difference": genre.difference} for genre in each.genres],
                    "notes": [note.to_dict() for note in each.notes],
                    "key": None if each.key is None else each.key.to_dict(),
                }
                for each in self.differences
            ],
        }


def read_version(
    model: Model,
    source: Source,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    decoder: Decoder = listen,
    reader: SongReader = read_song,
) -> Version:
    """The answer for a source and its sound, ready to be compared.

    Raises:
        AudioError: The source cannot be decoded.
    """
    analysis = analyze(model, source, start_s=start_s, end_s=end_s, decoder=decoder)
    song = reader(source, sample_rate=model.bundle.sample_rate, start_s=start_s, end_s=end_s)
    return Version(analysis, song)


def compare(model: Model, versions: Sequence[Version], *, step: Callable[[float], None] | None = None) -> Comparison:
    """Compare versions with the first of them.

    Args:
        model: That which analysed them.
        versions: Two or three.
        step: Told the share that is done, 0 to 1; what it raises ends the comparison.

    Raises:
        UsageError: `NO_INPUT` for fewer than two versions or more than three.
        AudioError: `AUDIO_SILENT` where there is nothing to hear in one of them.
    """
    if not 2 <= len(versions) <= _MOST:
        raise UsageError("NO_INPUT", f"{len(versions)} versions were given", "Name two or three files to compare.")
    for version in versions:
        if not version.analysis.top:
            name = version.analysis.source.name
            raise AudioError("AUDIO_SILENT", f"{name or 'one of the versions'} is silent: there is nothing to compare")
    steady = [_steady(model, version, index, len(versions), step) for index, version in enumerate(versions)]
    notes = [version.notes or listening_notes(version.song, analysis=version.analysis) for version in versions]
    labels = model.bundle.labels
    heard = tuple(_heard(version, each, labels) for version, each in zip(versions, steady, strict=True))
    return Comparison(
        versions=heard,
        differences=tuple(
            Difference(
                index,
                _genres(heard[0], heard[index], steady[0], steady[index], labels),
                changes(notes[0], notes[index]),
                key_change(notes[0], notes[index]),
            )
            for index in range(1, len(versions))
        ),
        labels=labels,
        model=versions[0].analysis.model,
    )


def _steady(model: Model, version: Version, index: int, count: int, step: Callable[[float], None] | None) -> Steadiness:
    def within(share: float) -> None:
        if step is not None:
            step((index + share) / count)

    along = version.along or hear_shifted(model, version.song, step=within)
    return steadiness(along, model.bundle.calibration)


def _heard(version: Version, steady: Steadiness, labels: Sequence[str]) -> Heard:
    analysis = version.analysis
    found = {score.id: score.probability for score in analysis.top}
    return Heard(
        source=analysis.source,
        start_s=version.song.start_s,
        end_s=version.song.end_s,
        tier=analysis.tier,
        probabilities={label: found[label] for label in labels},
        spread={label: float(value) for label, value in zip(labels, steady.spread, strict=True)},
    )


def _genres(
    reference: Heard, version: Heard, first: Steadiness, second: Steadiness, labels: Sequence[str]
) -> tuple[GenreChange, ...]:
    floors = noise_floor(first, second)
    wholes = second.probabilities - first.probabilities
    genres = [
        _genre(label, reference.probabilities[label], version.probabilities[label], float(whole), float(floor))
        for label, whole, floor in zip(labels, wholes, floors, strict=True)
    ]
    return tuple(sorted(genres, key=lambda genre: -abs(genre.difference)))


def _genre(label: str, before: float, after: float, whole: float, floor: float) -> GenreChange:
    shown = after - before
    counts = min(abs(shown), abs(whole)) > floor and bool(np.sign(shown) == np.sign(whole))
    return GenreChange(label, before, after, whole, floor, counts)
