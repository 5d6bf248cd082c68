"""Which listening notes changed from one version of a song to another: tempo, key, loudness, brightness and the like.

A change counts from a stated minimum, under which nobody would call it one (a unit of loudness, two beats a minute).
What could not be said of one of the versions is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from genrelens.insight.notes import Notes
from genrelens.insight.tonality import KeyName

__all__ = ["KeyChange", "NoteChange", "changes", "key_change"]

_TEMPO_BPM: Final = 2.0
_LOUDNESS_LU: Final = 1.0
_RANGE_LU: Final = 2.0
_DYNAMICS_LU: Final = 1.5
_BRIGHTNESS_SHARE: Final = 0.1
_SHARE: Final = 0.05
_ENERGY: Final = 0.1


@dataclass(frozen=True, slots=True)
class NoteChange:
    """One measured note in both versions.

    Attributes:
        code: "tempo", "loudness", "range", "dynamics", "brightness", "percussive", "energy" or "stereo".
        before: In the reference.
        after: In the version.
        unit: "BPM", "LUFS", "LU", "Hz", or "" for a share from 0 to 1.
        least: The difference from which it counts, in that unit.
    """

    code: str
    before: float
    after: float
    unit: str
    least: float

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before

    @property
    def counts(self) -> bool:
        """Whether the change is at least `least`."""
        return abs(self.difference) >= self.least

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "code": self.code,
            "before": self.before,
            "after": self.after,
            "unit": self.unit,
            "least": self.least,
            "difference": self.difference,
            "counts": self.counts,
        }


@dataclass(frozen=True, slots=True)
class KeyChange:
    """Two versions in different keys, both of them said."""

    before: KeyName
    after: KeyName

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"before": self.before.to_dict(), "after": self.after.to_dict()}


def changes(reference: Notes, version: Notes) -> tuple[NoteChange, ...]:
    """Every note that both versions have, in the order in which people ask."""
    return tuple(_changes(reference, version))


def key_change(reference: Notes, version: Notes) -> KeyChange | None:
    """The change of key; None where one is unsaid, or where one's key is the other's second reading."""
    before, after = reference.key, version.key
    if before.name is None or after.name is None:
        return None
    readings = ({before.name, before.alternative}, {after.name, after.alternative})
    return None if before.name in readings[1] or after.name in readings[0] else KeyChange(before.name, after.name)


def _changes(reference: Notes, version: Notes) -> Iterator[NoteChange]:
    tempi = _tempi(reference, version)
    if tempi is not None:
        yield NoteChange("tempo", *tempi, "BPM", _TEMPO_BPM)
    first, second = reference.loudness, version.loudness
    yield from _both("loudness", first.integrated_lufs, second.integrated_lufs, "LUFS", _LOUDNESS_LU)
    yield from _both("range", first.range_lu, second.range_lu, "LU", _RANGE_LU)
    yield from _both("dynamics", first.peak_to_loudness_lu, second.peak_to_loudness_lu, "LU", _DYNAMICS_LU)
    one, other = reference.timbre, version.timbre
    least = _BRIGHTNESS_SHARE * (one.centroid_hz or 0.0)
    yield from _both("brightness", one.centroid_hz, other.centroid_hz, "Hz", least)
    yield from _both("percussive", one.percussive_share, other.percussive_share, "", _SHARE)
    yield from _both("energy", one.energy, other.energy, "", _ENERGY)
    yield from _both("stereo", one.side_share or 0.0, other.side_share or 0.0, "", _SHARE)


def _both(code: str, before: float | None, after: float | None, unit: str, least: float) -> Iterator[NoteChange]:
    if before is not None and after is not None:
        yield NoteChange(code, before, after, unit, least)


def _tempi(reference: Notes, version: Notes) -> tuple[float, float] | None:
    """Both tempi; the version's read as half or double where one of the two names that reading, too."""
    first, second = reference.rhythm, version.rhythm
    if first is None or second is None or first.tempo_bpm is None or second.tempo_bpm is None:
        return None
    pairs = [
        (one, other)
        for one in (first.tempo_bpm, first.alternative_bpm)
        for other in (second.tempo_bpm, second.alternative_bpm)
        if one is not None and other is not None
    ]
    alike = [pair for pair in pairs if abs(pair[1] - pair[0]) < _TEMPO_BPM]
    return alike[0] if alike else pairs[0]
