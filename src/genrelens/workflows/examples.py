"""Labelled sounds as people keep them: a folder per genre, or a table of paths and labels.

Whose song it is decides what may be compared with what: two songs of one artist must not lie on both sides of a
cross-validation, or it measures how well artists are told apart. `group` says it: artist, else album, else the
album's folder, else the file itself.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.files import find_audio
from genrelens.audio.tags import read_tags
from genrelens.errors import TeachError
from genrelens.taxonomy import GENRES

__all__ = ["Example", "canonical", "read_examples"]

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "path": ("path", "file", "filename", "file name", "文件", "文件名"),
    "label": ("label", "genre", "decision", "final", "predicted genre", "风格", "流派", "标签"),
    "group": ("group", "artist", "album", "艺术家", "专辑"),
}
_SEPARATORS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled file.

    Attributes:
        path: Of the file.
        label: As a person wrote it, or the id of the genre that it is a spelling of.
        group: Songs of one group stand or fall together in cross-validation.
        own_group: Whether the group is the file alone, because nothing told artist or album.
    """

    path: Path
    label: str
    group: str
    own_group: bool


def read_examples(source: Path, labels: Sequence[str]) -> list[Example]:
    """The labelled files of a folder or a CSV.

    Args:
        source: A folder that holds a folder for each genre, or a CSV with a path and a label in each row
            (columns `path` and `label`, or what a list of corrections calls them; paths relative to the CSV).
        labels: Of the bundle: other spellings of these become them.

    Raises:
        TeachError: `TEACH_NO_EXAMPLES`, or `TEACH_TABLE_INVALID` where the CSV cannot be read.
    """
    pairs = _of_folder(source) if source.is_dir() else _of_table(source)
    known = _spellings(labels)
    examples = [_example(path, canonical(label, known), given, album) for path, label, given, album in pairs]
    if not examples:
        raise TeachError("TEACH_NO_EXAMPLES", f"there is no labelled audio in {source}")
    return examples


def canonical(label: str, known: Mapping[str, str]) -> str:
    """The label that a spelling means, else the spelling itself without outer spaces."""
    return known.get(_folded(label), label.strip())


def _spellings(labels: Sequence[str]) -> dict[str, str]:
    known = {_folded(label): label for label in labels}
    for genre in GENRES:
        if genre.id in labels:
            known.update({_folded(name): genre.id for name in (genre.zh, *genre.aliases)})
    return known


def _folded(text: str) -> str:
    return "".join(text.casefold().split()).replace("-", "").replace("_", "")


def _of_folder(folder: Path) -> list[tuple[Path, str, str, str]]:
    """Path, label, group as given, folder of the album."""
    rooms = sorted(item for item in folder.iterdir() if item.is_dir() and not item.name.startswith("."))
    files = [(path, room) for room in rooms for path in find_audio([room])]
    return [(path, room.name, "", "" if path.parent == room else str(path.parent)) for path, room in files]


def _of_table(table: Path) -> list[tuple[Path, str, str, str]]:
    try:
        text = table.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise TeachError("TEACH_NO_EXAMPLES", f"there is no folder or table {table}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TeachError("TEACH_TABLE_INVALID", f"{table.name} cannot be read as UTF-8 text: {error}") from None
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        names = [name.strip().casefold() for name in next(rows, [])]
        columns = {key: next((names.index(n) for n in known if n in names), None) for key, known in _COLUMNS.items()}
        path, label, group = columns["path"], columns["label"], columns["group"]
        if path is None or label is None:
            raise TeachError("TEACH_TABLE_INVALID", f"{table.name} has the columns {names}, but no path and label")
        found = []
        for row in rows:
            if max(path, label) < len(row) and row[path].strip() and row[label].strip():
                given = row[group].strip() if group is not None and group < len(row) else ""
                found.append((table.parent / row[path].strip(), row[label], given, ""))
    except csv.Error as error:
        raise TeachError("TEACH_TABLE_INVALID", f"{table.name}, line {rows.line_num}: {error}") from None
    return found


def _example(path: Path, label: str, given: str, album_folder: str) -> Example:
    tags = None if given else read_tags(path)
    told = given or (tags and (tags.artist or tags.album)) or album_folder
    return Example(path, label, _folded(told) if told else str(path), not told)
