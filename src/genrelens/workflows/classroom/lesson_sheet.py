"""A lesson sheet: a term's pieces, each with what can be said of it for certain, grouped by genre, to talk about.

`lesson.py` beside this is what the model is taught with; this is what a teacher teaches with. Values only:
`sentences.lesson_sheet` words them, `sheets` lays them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from genrelens.audio.song import SongReader, read_song
from genrelens.audio.windows import listen
from genrelens.errors import UsageError
from genrelens.insight.similar import likeness
from genrelens.listening.analysis import ModelInfo
from genrelens.listening.analyze import Decoder
from genrelens.listening.model import Model
from genrelens.workflows.classroom.piece import LESSON, SURE, Asked, Piece, hear_pieces
from genrelens.workflows.classroom.questions import ODD_METRES, Question, questions_of

__all__ = [
    "MAX_PIECES",
    "Comparison",
    "Group",
    "LessonPiece",
    "LessonSheet",
    "comparisons_of",
    "grouped",
    "lesson_sheet",
]

MAX_PIECES: Final = 100
"""Of a sheet: more would be a book, and several minutes of waiting."""
_SAME_TEMPO: Final = 0.03
"""Share by which two tempi may differ that a class would call one."""
_FAR_TEMPO: Final = 1.4
"""How many times faster a piece of the same genre must be to be worth a comparison."""
_MOST_COMPARED: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class LessonPiece:
    """A piece on the sheet: its number there, what was heard, and the questions that it is good for."""

    number: int
    piece: Piece
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The pieces of one genre; `genre` is None for what has none: silence, no music, failures."""

    genre: str | None
    pieces: tuple[LessonPiece, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more pieces worth hearing one after the other.

    Attributes:
        code: `lesson.compare_CODE` is its sentence.
        pieces: Numbers of the pieces on the sheet.
        genres: Of these pieces, in their order.
        numbers: Fact -> number.
        words: Language -> an instrument or voice.
    """

    code: str
    pieces: tuple[int, ...]
    genres: tuple[str, ...]
    numbers: Mapping[str, float]
    words: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LessonSheet:
    """All of it.

    Attributes:
        title: As given; "" for none.
        groups: By genre, the largest first; what has none is last.
        comparisons: Worth making.
        model: Which model listened.
    """

    title: str
    groups: tuple[Group, ...]
    comparisons: tuple[Comparison, ...]
    model: ModelInfo

    @property
    def pieces(self) -> tuple[LessonPiece, ...]:
        """All pieces in the order of the sheet."""
        return tuple(one for group in self.groups for one in group.pieces)

    @property
    def failed(self) -> tuple[LessonPiece, ...]:
        """Those that could not be heard."""
        return tuple(one for one in self.pieces if one.piece.error is not None)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "schema_version": 1,
            "title": self.title,
            "pieces": [_piece_dict(one) for one in self.pieces],
            "comparisons": [{"code": some.code, "pieces": list(some.pieces)} for some in self.comparisons],
        }


def _piece_dict(one: LessonPiece) -> dict[str, Any]:
    piece = one.piece
    return {
        "number": one.number,
        "name": piece.name,
        "genre": piece.genre,
        "analysis": piece.analysis and piece.analysis.to_dict(),
        "notes": piece.notes and piece.notes.to_dict(),
        "sections": [section.to_dict() for section in piece.timeline.sections] if piece.timeline else [],
        "questions": [question.code for question in one.questions],
        "error": piece.error and piece.error.to_dict(),
    }


def lesson_sheet(
    model: Model,
    asked: Sequence[Asked],
    *,
    title: str = "",
    failed: Sequence[Piece] = (),
    decoder: Decoder = listen,
    reader: SongReader = read_song,
    step: Callable[[int, int], None] | None = None,
) -> LessonSheet:
    """Hear a term's pieces and put them in order.

    Args:
        model: From `load_model`.
        asked: The pieces.
        title: Of the sheet.
        failed: What could not even be brought here; stands on the sheet with the rest.
        decoder: What decodes windows; `DecodePool.listen` does it in a child process with limits.
        reader: What reads longer parts; `DecodePool.read_song` likewise.
        step: Told how many pieces are heard of how many, also between; what it raises ends it.

    Raises:
        UsageError: `NO_INPUT`; `LESSON_TOO_MANY`.
    """
    if not asked and not failed:
        raise UsageError("NO_INPUT", "there is no audio file in what you named")
    if len(asked) > MAX_PIECES:
        raise UsageError("LESSON_TOO_MANY", f"{len(asked)} pieces were given, over {MAX_PIECES}")
    done: list[Piece] = []

    def check() -> None:
        if step is not None:
            step(len(done), len(asked))

    for piece in hear_pieces(model, asked, LESSON, decoder=decoder, reader=reader, step=check):
        done.append(piece)
        check()
    groups = grouped([*done, *failed])
    pieces = [one for group in groups for one in group.pieces]
    bundle = model.bundle
    about = ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated)
    return LessonSheet(title, groups, tuple(comparisons_of(pieces))[:_MOST_COMPARED], about)


def grouped(pieces: Sequence[Piece]) -> tuple[Group, ...]:
    """The pieces by genre, numbered: the largest group first, in it the surest piece; what has no genre is last."""
    by_genre: dict[str | None, list[Piece]] = {}
    for piece in pieces:
        by_genre.setdefault(piece.genre, []).append(piece)
    order = sorted(by_genre, key=lambda genre: (genre is None, -len(by_genre[genre]), genre or ""))
    groups, number = [], 0
    for genre in order:
        members = sorted(by_genre[genre], key=_surest)
        groups.append(
            Group(genre, tuple(LessonPiece(number + i, one, questions_of(one)) for i, one in enumerate(members, 1)))
        )
        number += len(members)
    return tuple(groups)


def _surest(piece: Piece) -> tuple[float, str]:
    found = piece.analysis
    return (-found.top[0].probability if found is not None and found.top else 1.0), piece.name


def comparisons_of(pieces: Sequence[LessonPiece]) -> Iterator[Comparison]:
    """What is rare first; each piece at most twice, so that the whole class has its turn."""
    known = [one for one in pieces if one.piece.genre is not None]
    sure = [one for one in known if one.piece.analysis is not None and one.piece.analysis.tier in SURE]
    turns: dict[int, int] = {}
    for found in (*_odd_metres(known), *_one_tempo(sure), *_one_sound(sure), *_apart(sure), *_neighbours(sure)):
        if all(turns.get(number, 0) < 2 for number in found.pieces):
            turns.update((number, turns.get(number, 0) + 1) for number in found.pieces)
            yield found


def _metre(one: LessonPiece) -> int | None:
    rhythm = one.piece.notes.rhythm if one.piece.notes is not None else None
    return rhythm.metre if rhythm is not None else None


def _tempo(one: LessonPiece) -> float | None:
    """The tempo where it is said."""
    rhythm = one.piece.notes.rhythm if one.piece.notes is not None else None
    return rhythm.tempo_bpm if rhythm is not None else None


def _one_way(one: LessonPiece) -> bool:
    """Whether nobody would count half or double the tempo."""
    rhythm = one.piece.notes.rhythm if one.piece.notes is not None else None
    return rhythm is not None and rhythm.alternative_bpm is None


def _compared(
    code: str, pieces: Sequence[LessonPiece], words: Mapping[str, str] | None = None, **numbers: float
) -> Comparison:
    genres = tuple(one.piece.genre or "" for one in pieces)
    return Comparison(code, tuple(one.number for one in pieces), genres, numbers, words)


def _odd_metres(pieces: Sequence[LessonPiece]) -> Iterator[Comparison]:
    even = next((one for one in pieces if _metre(one) == 4), None)
    seen = set()
    for one in pieces:
        metre = _metre(one)
        if metre in ODD_METRES and metre not in seen and even is not None:
            assert metre is not None
            seen.add(metre)
            yield _compared("metre", [one, even], beats=metre)


def _one_tempo(pieces: Sequence[LessonPiece]) -> Iterator[Comparison]:
    found = []
    for one, other in combinations(pieces, 2):
        bpm, second = _tempo(one), _tempo(other)
        if bpm and second and one.piece.genre != other.piece.genre and abs(second / bpm - 1) <= _SAME_TEMPO:
            found.append((abs(second / bpm - 1), _compared("tempo", [one, other], bpm=(bpm + second) / 2)))
    yield from (one for _, one in sorted(found, key=lambda pair: pair[0])[:2])


def _one_sound(pieces: Sequence[LessonPiece]) -> Iterator[Comparison]:
    """An instrument or voice in two genres."""
    by_word: dict[str, list[LessonPiece]] = {}
    for one in pieces:
        for tag in one.piece.analysis.tags if one.piece.analysis is not None else ():
            by_word.setdefault(tag.id, []).append(one)
    for word, members in sorted(by_word.items(), key=lambda pair: len(pair[1])):
        first = members[0]
        other = next((one for one in members if one.piece.genre != first.piece.genre), None)
        if other is not None and first.piece.analysis is not None:
            names = next(tag.names for tag in first.piece.analysis.tags if tag.id == word)
            yield _compared("instrument", [first, other], names)


def _apart(pieces: Sequence[LessonPiece]) -> Iterator[Comparison]:
    """One genre, fast and slow."""
    found = []
    for one, other in combinations(filter(_one_way, pieces), 2):
        bpm, second = _tempo(one), _tempo(other)
        if bpm and second and one.piece.genre == other.piece.genre:
            slow, fast = sorted((one, other), key=lambda piece: _tempo(piece) or 0.0)
            ratio = max(bpm, second) / min(bpm, second)
            if ratio >= _FAR_TEMPO:
                found.append((-ratio, _compared("apart", [slow, fast], slow=min(bpm, second), fast=max(bpm, second))))
    yield from (one for _, one in sorted(found, key=lambda pair: pair[0])[:2])


def _neighbours(pieces: Sequence[LessonPiece]) -> Iterator[Comparison]:
    """Two genres, and yet of all such pairs the one that is most alike to the model's ear."""
    found = []
    for one, other in combinations(pieces, 2):
        first, second = one.piece.analysis, other.piece.analysis
        if first is None or second is None or first.embedding is None or second.embedding is None:
            continue
        if one.piece.genre != other.piece.genre:
            found.append((float(likeness(first.embedding, second.embedding[None])[0]), one, other))
    if found:
        _, one, other = max(found, key=lambda row: row[0])
        yield _compared("neighbours", [one, other])
