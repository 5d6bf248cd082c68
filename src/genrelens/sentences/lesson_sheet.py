"""A lesson sheet in words: the same in Word, on paper and on the page."""

from __future__ import annotations

from genrelens.sentences.answer import fusion_text, verdict_text
from genrelens.sentences.evidence import claim_texts
from genrelens.sentences.failure import failure_text
from genrelens.sentences.notes import key_text, note_rows
from genrelens.sentences.timeline import section_text
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent, short_name
from genrelens.workflows.classroom.lesson_sheet import Comparison, LessonPiece, LessonSheet
from genrelens.workflows.classroom.piece import LESSON

__all__ = [
    "COLUMNS",
    "about_texts",
    "comparison_text",
    "evidence_texts",
    "genre_title",
    "note_texts",
    "overview_row",
    "part_texts",
    "piece_title",
    "section_texts",
    "sheet_title",
    "verdict_texts",
]

COLUMNS = ("number", "piece", "genre", "certainty", "tempo", "metre", "key", "heard", "length")
"""Of the overview."""
_NONE = "\u2013"
_NOTED = ("tempo", "metre", "key", "tuning", "brightness", "struck", "energy", "heard")
"""Notes for a class; loudness and peaks are for engineers."""


def sheet_title(sheet: LessonSheet, language: str) -> str:
    """The title that was given, or what it is."""
    return short_name(sheet.title, 120) or say("lesson.title", language)


def about_texts(sheet: LessonSheet, language: str) -> list[str]:
    """What the sheet is and how much of each piece was heard."""
    facts = {"model": short_name(sheet.model.name, 40), "version": short_name(sheet.model.version, 20)}
    lines = [
        say("lesson.intro", language, count=len(sheet.pieces), **facts),
        say("lesson.heard_how", language, notes=f"{LESSON.notes_s:.0f}", read=f"{LESSON.read_s / 60:.0f}"),
    ]
    return lines if sheet.model.calibrated else [*lines, say("lesson.uncalibrated", language)]


def genre_title(genre: str | None, language: str) -> str:
    """Of a group."""
    return display_name(genre, language) if genre is not None else say("lesson.no_genre", language)


def piece_title(one: LessonPiece) -> str:
    """Number and name of a piece."""
    return f"{one.number}. {short_name(one.piece.name) or '?'}"


def overview_row(one: LessonPiece, language: str) -> tuple[str, ...]:
    """The cells of `COLUMNS`; what is not certain is a dash."""
    found, notes = one.piece.analysis, one.piece.notes
    cells = dict.fromkeys(COLUMNS, _NONE) | {"number": str(one.number), "piece": short_name(one.piece.name) or "?"}
    if found is not None:
        kind = found.tier if found.top else "silent"
        cells["certainty"] = say(f"verdict.{kind}", language)
        cells["length"] = clock(found.source.duration_s)
        if one.piece.genre is not None:
            cells["genre"] = display_name(one.piece.genre, language)
            cells["certainty"] += f" {percent(found.top[0].probability)}"
            cells["heard"] = say("verdict.comma", language).join(tag.names[language] for tag in found.tags) or _NONE
    else:
        cells["certainty"] = one.piece.error.code if one.piece.error is not None else _NONE
    if notes is not None and notes.rhythm is not None:
        if notes.rhythm.tempo_bpm is not None:
            other = notes.rhythm.alternative_bpm
            cells["tempo"] = f"{notes.rhythm.tempo_bpm:.0f}" + (f" ({other:.0f})" if other is not None else "")
        if notes.rhythm.metre is not None:
            cells["metre"] = str(notes.rhythm.metre)
        if notes.key.name is not None:
            cells["key"] = key_text(notes.key.name, language)
    return tuple(cells[column] for column in COLUMNS)


def verdict_texts(one: LessonPiece, language: str) -> list[str]:
    """The answer with its certainty; what went wrong, where something did."""
    if one.piece.error is not None:
        return [say("lesson.failed", language, what=failure_text(one.piece.error, language))]
    found = one.piece.analysis
    assert found is not None
    return [text for text in (verdict_text(found, language), fusion_text(found, language)) if text]


def note_texts(one: LessonPiece, language: str) -> list[tuple[str, str]]:
    """(label, value) of the notes that are certain."""
    if one.piece.notes is None:
        return []
    return [(row.label, row.value) for row in note_rows(one.piece.notes, language) if row.code in _NOTED]


def part_texts(one: LessonPiece, language: str) -> list[str]:
    """Which part the notes are of, where that is not the whole piece."""
    notes = one.piece.notes
    if notes is None or notes.end_s - notes.start_s > notes.source.duration_s - 1:
        return []
    return [say("lesson.notes_part", language, start=clock(notes.start_s), end=clock(notes.end_s))]


def section_texts(one: LessonPiece, language: str) -> list[str]:
    """The sections, where there is more than one."""
    sections = one.piece.timeline.sections if one.piece.timeline is not None else ()
    return [section_text(section, language) for section in sections] if len(sections) > 1 else []


def evidence_texts(one: LessonPiece, language: str) -> list[str]:
    """What may be said about the map."""
    return claim_texts(one.piece.evidence.claims, language) if one.piece.evidence is not None else []


def comparison_text(some: Comparison, language: str) -> str:
    """One comparison as a task."""
    genre, rival = (display_name(genre, language) for genre in (*some.genres, some.genres[0])[:2])
    facts: dict[str, object] = {fact: f"{value:.0f}" for fact, value in some.numbers.items()}
    if some.words is not None:
        facts["word"] = some.words[language][:1].upper() + some.words[language][1:]
    first, second = some.pieces[:2]
    return say(f"lesson.compare_{some.code}", language, first=first, second=second, genre=genre, rival=rival, **facts)
