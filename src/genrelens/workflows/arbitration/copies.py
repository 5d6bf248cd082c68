"""Sources of labels that are not independent: one that says what another says counts once.

Dawid & Skene's model takes two sources that always agree for two that are always right. Nothing in a table proves a
copy: two flawless sources look the same. So only what is nearly identical is joined, over enough songs, and only where
the two were also found together against a third voice several times; one that copies half of the time is not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Copy", "find_copies"]

_SONGS: Final = 20
"""Songs that both must have labelled."""
_ALIKE: Final = 0.97
"""Share of these in which they must say the same."""
_AGAINST: Final = 5
"""Songs in which they must say the same while somebody else says something else."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A source that says what another says.

    Attributes:
        source: Its name.
        of: The name of the other, which stands for both.
        same: Songs of which both say the same.
        songs: Songs that both labelled.
    """

    source: str
    of: str
    same: int
    songs: int


def find_copies(said: Mapping[str, Mapping[str, frozenset[str]]], others: Mapping[str, str]) -> list[Copy]:
    """The sources that copy an earlier one.

    Args:
        said: Source -> song -> the genres it said; the order of the sources decides who stands for whom.
        others: Song -> the model's first genre, one more third voice.
    """
    found: list[Copy] = []
    originals: list[str] = []
    for source in said:
        copy = _copy_of(source, originals, said, others)
        if copy is None:
            originals.append(source)
        else:
            found.append(copy)
    return found


def _copy_of(
    source: str,
    originals: Sequence[str],
    said: Mapping[str, Mapping[str, frozenset[str]]],
    others: Mapping[str, str],
) -> Copy | None:
    mine = said[source]
    best: Copy | None = None
    for original in originals:
        theirs = said[original]
        common = [song for song in mine if song in theirs]
        same = [song for song in common if mine[song] == theirs[song]]
        if len(common) < _SONGS or len(same) < _ALIKE * len(common):
            continue
        third = [said[name] for name in said if name not in (source, original)]
        against = sum(
            any(song in voice and not voice[song] & mine[song] for voice in third)
            or (song in others and others[song] not in mine[song])
            for song in same
        )
        if against >= _AGAINST and (best is None or len(same) * best.songs > best.same * len(common)):
            best = Copy(source, original, len(same), len(common))
    return best
