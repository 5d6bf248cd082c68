"""Labelled sounds as people keep them: a folder per genre, a table of paths and labels, or decisions of a review.

Whose song it is decides what may be compared with what: two songs of one artist must not lie on both sides of a
cross-validation, or it measures how well artists are told apart. `group_of` says it: artist, else album, else the
album's folder.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.files import find_audio
from genrelens.audio.tags import read_tags
from genrelens.catalogue.paths import from_text
from genrelens.errors import TeachError
from genrelens.taxonomy import GENRES
from genrelens.workflows.foreign_text import column_of, csv_rows, decoded, folded

__all__ = ["Example", "Examples", "group_of", "read_examples"]

_PATH: Final = ("path", "file", "filename", "文件", "文件名")
_DECISION: Final = ("decision", "correction", "corrected", "final")
_LABEL: Final = (*_DECISION, "label", "genre", "风格", "流派", "标签", "predictedgenre")
"""What a person decided comes before what may be the model's own word in the same table."""
_SKIP: Final = frozenset({"skip", "skipped", "跳过"})
"""Decisions to decide nothing; only where the column is one of decisions, for a genre may be called anything."""
_NOT_MUSIC: Final = frozenset({"notmusic", "非音乐", "不是音乐"})
"""No genre: whether something is music is a question of its own, which teaching leaves alone."""
_GROUP: Final = ("group", "artist", "album", "艺术家", "专辑")
_NOBODY: Final = frozenset({"variousartists", "various", "va", "unknownartist", "unknown", "unknownalbum", "群星"})
"""Names that say nothing of whose song it is."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled file.

    Attributes:
        path: Of the file.
        label: As a person wrote it, or the id of the genre that it is a spelling of.
        group: Artist or album as the table tells it, "" where it does not.
        album: Folder that holds an album, "" where there is none.
    """

    path: Path
    label: str
    group: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled files, and how many were passed over.

    Attributes:
        songs: With a genre.
        skipped: Rows that a reviewer skipped.
        not_music: Files that somebody says are no music.
    """

    songs: tuple[Example, ...]
    skipped: int = 0
    not_music: int = 0


def read_examples(source: Path, labels: Sequence[str]) -> Examples:
    """The labelled files of a folder or a CSV.

    Args:
        source: A folder that holds a folder for each genre, or a CSV with a path and a label in each row
            (columns `path` and `label`; or those of a review: `path`, `predicted`, `decision`, the decision being a
            label, `not-music` or `skip`; paths relative to the CSV). Rows without a label are passed over.
        labels: Of the bundle: other spellings of these become them.

    Raises:
        TeachError: `TEACH_NO_EXAMPLES`, or `TEACH_TABLE_INVALID` where the CSV cannot be read.
    """
    known = _spellings(labels)
    found, skipped = (list(_of_folder(source, known)), 0) if source.is_dir() else _of_table(source, known)
    songs = tuple(example for example in found if folded(example.label) not in _NOT_MUSIC)
    result = Examples(songs, skipped, len(found) - len(songs))
    if not songs:
        told = f" ({skipped} skipped, {result.not_music} not music)" if skipped or found else ""
        raise TeachError("TEACH_NO_EXAMPLES", f"there is no labelled audio in {source}{told}")
    return result


def group_of(example: Example) -> str:
    """Songs of one group stand or fall together in cross-validation; "" where nothing tells artist or album.

    Opens the file: ask only for one that was decoded apart and did no harm.
    """
    if example.group:
        return example.group
    tags = read_tags(example.path)
    names = (folded(tags.artist), folded(tags.album), example.album)
    return next((name for name in names if name and name not in _NOBODY), "")


def _spellings(labels: Sequence[str]) -> dict[str, str]:
    known = {folded(label): label for label in labels}
    for genre in GENRES:
        if genre.id in labels:
            known.update({folded(name): genre.id for name in (genre.zh, *genre.aliases)})
    return known


def _named(text: str, known: dict[str, str]) -> str:
    """The label that a spelling means; one that is new is known from then on, in its first spelling."""
    return known.setdefault(folded(text), _shown(text))


def _shown(text: str) -> str:
    """Without what could change a terminal, a page or a reading direction."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _of_folder(folder: Path, known: dict[str, str]) -> Iterator[Example]:
    for room in sorted(item for item in folder.iterdir() if item.is_dir() and not item.name.startswith(".")):
        for path in find_audio([room]):
            yield Example(path, _named(room.name, known), album="" if path.parent == room else str(path.parent))


def _of_table(table: Path, known: dict[str, str]) -> tuple[list[Example], int]:
    """The rows with a label, and how many were skipped by a reviewer."""
    try:
        rows = csv_rows(decoded(table.read_bytes()))
    except FileNotFoundError:
        raise TeachError("TEACH_NO_EXAMPLES", f"there is no folder or table {table}") from None
    except OSError as error:
        raise TeachError("TEACH_TABLE_INVALID", f"{table.name} cannot be read: {error}") from None
    found, skipped = [], 0
    try:
        names = [folded(name) for name in next(rows, [])]
        path_at, label_at = column_of(names, _PATH), column_of(names, _LABEL)
        if path_at is None or label_at is None:
            raise TeachError("TEACH_TABLE_INVALID", f"{table.name} has the columns {names[:20]}, but no path and label")
        group_at = [names.index(name) for name in _GROUP if name in names]
        decided = names[label_at] in _DECISION
        for row in rows:
            cells = [cell.strip() for cell in row] + [""] * len(names)
            if decided and folded(cells[label_at]) in _SKIP:
                skipped += 1
                continue
            if cells[path_at] and _shown(cells[label_at]):
                told = (folded(cells[column]) for column in group_at)
                group = next((name for name in told if name and name not in _NOBODY), "")
                path = _path(table.parent, row[path_at])
                found.append(Example(path, _named(cells[label_at], known), group))
    except csv.Error as error:
        raise TeachError("TEACH_TABLE_INVALID", f"{table.name}, line {rows.line_num}: {error}") from None
    return _with_albums(found), skipped


def _path(folder: Path, written: str) -> Path:
    """What a cell means: as it stands; else as `catalogue.paths.to_text` writes names that are no plain text."""
    plain = folder / written.strip()
    meant = folder / from_text(written)
    return meant if not plain.exists() and meant.exists() else plain


def _with_albums(examples: Sequence[Example]) -> list[Example]:
    """Folders are albums where every label has songs in several; else they may be one folder for each genre."""
    folders: dict[str, set[Path]] = {}
    for example in examples:
        folders.setdefault(example.label, set()).add(example.path.parent)
    if min((len(parents) for parents in folders.values()), default=0) < 2:
        return list(examples)
    return [Example(item.path, item.label, item.group, str(item.path.parent)) for item in examples]
