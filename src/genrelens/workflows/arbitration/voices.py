"""What the model says of the files of a table: heard now, or read from a catalogue; and which file a name means.

A table names files as somebody else's disk had them. A name means a file where both end alike: in name and folder where
both have one, else in name. What fits several files is no answer, and said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow
from genrelens.listening.analysis import Analysis, GenreScore
from genrelens.workflows.arbitration.table import LabelTable

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue

__all__ = ["TAGS", "Catalogued", "Matched", "Voice", "heard_of", "match_files", "voice_of", "voices_in", "with_tags"]

TAGS: Final = "file tags"
"""Name of the source that the files' own genre tags are."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What is known of one file: the model's distribution (empty for silence) and the genre in the file's own tags."""

    distribution: Mapping[str, float]
    genre_tag: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Which file each name means.

    Attributes:
        found: Name in the table -> path.
        ambiguous: Names that fit several paths.
        missing: Names that fit none.
    """

    found: Mapping[str, str]
    ambiguous: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What a catalogue says of a table.

    Attributes:
        voices: Name in the table -> what is known of that file.
        matched: Which file each name means; what has no answer yet is missing.
        labels: Those of the model that answered last; None where none has.
    """

    voices: Mapping[str, Voice]
    matched: Matched
    labels: tuple[str, ...] | None


def match_files(names: Sequence[str], paths: Iterable[str]) -> Matched:
    """Which path each name means.

    Args:
        names: As a table has them, with `/` or a backslash between folders.
        paths: Of the files that are at hand.
    """
    # By name alone, by folder and name, and, of paths without a folder, by name: a thousand albums have an "01.mp3".
    by_end: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = {}
    bare: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for path in paths:
        *folders, last = _parts(path) or ("",)
        # A name without an ending means the file whatever its format.
        for name in {last, last.rsplit(".", 1)[0]} - {""}:
            found_at = ((*folders, name), path)
            by_end.setdefault((name,), []).append(found_at)
            if folders:
                by_end.setdefault((folders[-1], name), []).append(found_at)
            else:
                bare.setdefault(name, []).append(found_at)
    found: dict[str, str] = {}
    ambiguous: list[str] = []
    missing: list[str] = []
    for name in names:
        wanted = _parts(name)
        fitting = [(_alike(wanted, parts), path) for parts, path in by_end.get(wanted[-2:], ())]
        if len(wanted) > 1:
            fitting += [(1, path) for _, path in bare.get(wanted[-1], ())]
        best = max((alike for alike, _ in fitting), default=0)
        nearest = [path for alike, path in fitting if alike == best]
        if len(nearest) == 1:
            found[name] = nearest[0]
        else:
            (ambiguous if nearest else missing).append(name)
    return Matched(found, tuple(ambiguous), tuple(missing))


def voice_of(analysis: Analysis) -> Voice:
    """What an analysis says."""
    return Voice(_distribution(analysis.top, analysis.not_music or 0.0), analysis.source.genre_tag)


def voices_in(catalogue: Catalogue, names: Sequence[str]) -> Catalogued:
    """What the model that answered last says of the files of a table, and their tags."""
    model_id = catalogue.latest_model()
    # Paths first, answers after: a catalogue is larger than a table.
    matched = match_files(names, (row.path for row in catalogue.rows(model_id) if row.state == "done"))
    wanted: dict[str, list[str]] = {}
    for name, path in matched.found.items():
        wanted.setdefault(path, []).append(name)
    voices: dict[str, Voice] = {}
    for row in catalogue.rows(model_id):
        for name in wanted.get(row.path, ()):
            voices[name] = _voice_of_row(row)
    return Catalogued(voices, matched, None if model_id is None else catalogue.labels(model_id))


def heard_of(voices: Mapping[str, Voice]) -> dict[str, Mapping[str, float]]:
    """The distributions, as `arbitrate` takes them."""
    return {name: voice.distribution for name, voice in voices.items() if voice.distribution}


def with_tags(table: LabelTable, voices: Mapping[str, Voice]) -> LabelTable:
    """The table with the files' own genre tags as one more source."""
    tags = {file: voice.genre_tag for file in table.files if (voice := voices.get(file)) and voice.genre_tag}
    return replace(table, said={**table.said, TAGS: tags}) if tags else table


def _voice_of_row(row: CatalogueRow) -> Voice:
    return Voice(_distribution(row.top, row.not_music or 0.0), row.genre_tag)


def _distribution(top: Sequence[GenreScore], not_music: float) -> dict[str, float]:
    if not top:
        return {}
    return {NOT_MUSIC: not_music} | {score.id: score.probability * (1.0 - not_music) for score in top}


def _parts(path: str) -> tuple[str, ...]:
    whole = unicodedata.normalize("NFC", path).replace("\\", "/").casefold()
    return tuple(part for part in whole.split("/") if part not in ("", ".", ".."))


def _alike(wanted: Sequence[str], parts: Sequence[str]) -> int:
    """How many parts are the same, from the end; the name itself is."""
    count = 1
    while count < min(len(wanted), len(parts)) and wanted[-1 - count] == parts[-1 - count]:
        count += 1
    return count
