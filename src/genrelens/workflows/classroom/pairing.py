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


_WORD: Final = re.compile(r"[^\W_]+")


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
    levels = [(how, form, _grouped(files, form)) for how, form in _LEVELS]
    named = [_by_name(entry, levels) for entry in entries]
    taken = {id(pair.file) for pair in named if pair.file is not None}
    fitting = {name for pair in named for name in pair.candidates}
    free = [file for file in files if id(file) not in taken and file.name not in fitting]
    by_student = _by_student(entries, free)
    pairs = [
        _one_of(pair.entry, own, "student")
        if pair.how == "missing" and (own := by_student.get(pair.entry.student))
        else pair
        for pair in named
    ]
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


Form = Callable[[str], str]
_LEVELS: Final[tuple[tuple[How, Form], ...]] = (("exact", _same), ("spelling", _plain), ("ending", _stem))


def _grouped(files: Sequence[Handed], form: Form) -> dict[str, list[Handed]]:
    groups: dict[str, list[Handed]] = {}
    for file in files:
        groups.setdefault(form(file.name), []).append(file)
    return groups


def _by_name(entry: Entry, levels: Sequence[tuple[How, Form, dict[str, list[Handed]]]]) -> Pair:
    if entry.file:
        for how, form, groups in levels:
            if fitting := groups.get(form(entry.file)):
                return _one_of(entry, fitting, how)
    return Pair(entry, None, "missing")


def _one_of(entry: Entry, fitting: Sequence[Handed], how: How) -> Pair:
    if len(fitting) == 1:
        return Pair(entry, fitting[0], how)
    return Pair(entry, None, "ambiguous", tuple(file.name for file in fitting))


def _by_student(entries: Sequence[Entry], files: Sequence[Handed]) -> dict[str, list[Handed]]:
    """Student -> files whose names hold the student's; of names inside each other (王芳, 王芳芳) the longest alone."""
    names = {entry.student: _plain(entry.student) for entry in entries}
    names = {student: name for student, name in names.items() if len(name) > 1 and _WORD.search(name)}
    words = {student: set(_WORD.findall(name)) for student, name in names.items() if name.isascii()}
    joined = {student: name.replace(" ", "") for student, name in names.items() if student not in words}
    found: dict[str, list[Handed]] = {}
    for file in files:
        stem = _stem(file.name)
        own, close = set(_WORD.findall(stem)), stem.replace(" ", "")
        students = [student for student, wanted in words.items() if wanted <= own]
        students += [student for student, name in joined.items() if name in close]
        longest = max(map(len, students), default=0)
        for student in students:
            if len(student) == longest:
                found.setdefault(student, []).append(file)
    return found
