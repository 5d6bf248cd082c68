"""Which file belongs to which row of a roster: by its name as written, ever more loosely, then by the student's name.

Where two files fit as well as each other, neither is taken: a student must not be judged by another's piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from genrelens.workflows.classroom.handed_in import Handed
from genrelens.workflows.classroom.roster import Entry

__all__ = ["How", "Pair", "pair_up"]

How = Literal["exact", "spelling", "ending", "student", "ambiguous", "missing"]
"""How a file was found: as written; but for case, width and folders; but for its ending as well; by the student's
name in it. Or why there is none: several fit, or none does."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A row with its file.

    Attributes:
        entry: The row.
        file: Its file; None where none was found, or several.
        how: How it was found, or why not.
        candidates: Names of the files that fit equally well, where `how` is `ambiguous`.
    """

    entry: Entry
    file: Handed | None
    how: How
    candidates: tuple[str, ...] = ()


def pair_up(entries: Sequence[Entry], files: Sequence[Handed]) -> tuple[list[Pair], list[Handed]]:
    """Each row with its file, in the order of the rows; and the files that are nobody's."""
    named = [_by_name(entry, files) for entry in entries]
    taken = {id(pair.file) for pair in named if pair.file is not None}
    taken |= {id(file) for pair in named for file in files if file.name in pair.candidates}
    free = [file for file in files if id(file) not in taken]
    pairs = [_by_student(pair, entries, free) if pair.how == "missing" else pair for pair in named]
    used = {id(pair.file) for pair in pairs if pair.file is not None}
    return pairs, [file for file in files if id(file) not in used]


def _same(name: str) -> str:
    return name


def _plain(name: str) -> str:
    """Without folders, case and width."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return " ".join(unicodedata.normalize("NFKC", last).casefold().split())


def _stem(name: str) -> str:
    plain = _plain(name)
    return PurePosixPath(plain).stem if "." in plain else plain


_LEVELS: Final[tuple[tuple[How, Callable[[str], str]], ...]] = (
    ("exact", _same),
    ("spelling", _plain),
    ("ending", _stem),
)


def _by_name(entry: Entry, files: Sequence[Handed]) -> Pair:
    if not entry.file:
        return Pair(entry, None, "missing")
    for how, form in _LEVELS:
        fitting = [file for file in files if form(file.name) == form(entry.file)]
        if fitting:
            return _one_of(entry, fitting, how)
    return Pair(entry, None, "missing")


def _by_student(pair: Pair, entries: Sequence[Entry], files: Sequence[Handed]) -> Pair:
    own = [file for file in files if pair.entry.student in _students_in(file, entries)]
    return _one_of(pair.entry, own, "student") if own else pair


def _one_of(entry: Entry, fitting: Sequence[Handed], how: How) -> Pair:
    if len(fitting) == 1:
        return Pair(entry, fitting[0], how)
    return Pair(entry, None, "ambiguous", tuple(file.name for file in fitting))


def _students_in(file: Handed, entries: Sequence[Entry]) -> set[str]:
    """The students whose name a file's name holds; of names inside each other (王芳, 王芳芳) the longest alone."""
    stem = _stem(file.name)
    students = {entry.student for entry in entries if _holds(stem, entry.student)}
    longest = max(map(len, students), default=0)
    return {student for student in students if len(student) == longest}


def _holds(stem: str, student: str) -> bool:
    name = _plain(student)
    if len(name) < 2:
        return False
    if not name.isascii():
        return name.replace(" ", "") in stem.replace(" ", "")
    words = set(re.findall(r"[^\W_]+", stem))
    return set(re.findall(r"[^\W_]+", name)) <= words
