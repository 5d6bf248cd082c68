"""Questions to discuss, made of what is true of a piece: a code and its facts; `sentences.questions` words them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from genrelens.workflows.classroom.piece import SURE, Piece

__all__ = ["ODD_METRES", "Question", "questions_of"]

ODD_METRES: Final = (3, 5, 6, 7)
"""Beats a bar that are worth a question: most of what a class brings counts in four or two."""
_LEAST_PART_S: Final = 5.0
"""Sections shorter than that are not asked about."""
_RIVAL: Final = 0.15
"""Probability of the second genre from which the model wavers between two."""
_PLAIN_TAGS: Final = ("drum_kit", "singing", "speech", "music")
"""Too common to be asked about alone."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        code: `questions.CODE` is its sentence; `card` and `neighbour` take theirs from the genre's card.
        genres: Fact -> genre id, named in the reader's language when it is worded.
        numbers: Fact -> number.
        words: Language -> an instrument or voice.
    """

    code: str
    genres: Mapping[str, str]
    numbers: Mapping[str, float]
    words: Mapping[str, str] | None = None


def question(code: str, genres: Mapping[str, str] | None = None, **numbers: float) -> Question:
    """A question about genres and numbers."""
    return Question(code, genres or {}, numbers)


def questions_of(piece: Piece, most: int = 3) -> tuple[Question, ...]:
    """The questions that this piece is good for, what is most its own first.

    Args:
        piece: What was heard.
        most: How many.
    """
    found: dict[str, Question] = {}
    for asked in _all(piece):
        found.setdefault(asked.code, asked)
    return tuple(found.values())[:most]


def _all(piece: Piece) -> Iterator[Question]:
    analysis = piece.analysis
    if analysis is None or piece.genre is None:
        return
    yield from _of_metre(piece)
    for tag in analysis.tags:
        if tag.id not in _PLAIN_TAGS:
            yield Question("instrument", {}, {}, tag.names)
            break
    yield from _of_sections(piece)
    if analysis.tier in ("blend", "unsure") and len(analysis.top) > 1 and analysis.top[1].probability >= _RIVAL:
        yield question("between", {"genre": piece.genre, "rival": analysis.top[1].id})
    if piece.evidence is not None and any(claim.code == "off_beat" for claim in piece.evidence.claims):
        yield question("off_beat", {"genre": piece.evidence.label})
    yield question("card", {"genre": piece.genre})
    rhythm = piece.notes.rhythm if piece.notes is not None else None
    if rhythm is not None and rhythm.tempo_bpm is not None and rhythm.alternative_bpm is not None:
        yield question("two_tempi", bpm=rhythm.tempo_bpm, other=rhythm.alternative_bpm)
    if piece.notes is not None and piece.notes.key.name is not None:
        yield question(f"key_{piece.notes.key.name.mode}")
    if piece.evidence is not None:
        yield question(
            "why_here", {"genre": piece.evidence.label}, start_s=piece.evidence.start_s, end_s=piece.evidence.end_s
        )


def _of_metre(piece: Piece) -> Iterator[Question]:
    metre = piece.notes.rhythm.metre if piece.notes is not None and piece.notes.rhythm is not None else None
    if metre in ODD_METRES:
        assert metre is not None
        yield question("metre_grouped" if metre in (5, 7) else "metre", beats=metre)


def _of_sections(piece: Piece) -> Iterator[Question]:
    if piece.timeline is None:
        return
    for before, after in pairwise(piece.timeline.sections):
        # Of a section that nobody is sure of it cannot be said that the genre changed.
        told = all(part.tier in SURE and part.length_s >= _LEAST_PART_S for part in (before, after))
        if told and before.top[0].id != after.top[0].id:
            yield question("change", {"genre": before.top[0].id, "rival": after.top[0].id}, at_s=after.start_s)
            return
