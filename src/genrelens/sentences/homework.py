"""Feedback on homework in words: the same on the page, in the workbook and on paper. Kind, and never a grade."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from genrelens.sentences.evidence import claim_texts
from genrelens.sentences.failure import failure_text
from genrelens.sentences.notes import note_rows
from genrelens.sentences.timeline import short_verdict
from genrelens.taxonomy import display_name, genres_named, plain_words
from genrelens.words import say
from genrelens.words.forms import clock, percent, short_name
from genrelens.workflows.classroom.homework import AGREEMENTS, ClassFeedback, Feedback
from genrelens.workflows.classroom.piece import HOMEWORK
from genrelens.workflows.classroom.reasons import Echo

__all__ = [
    "about_texts",
    "agreement_text",
    "claim_text",
    "class_sections",
    "counts_text",
    "evidence_texts",
    "file_text",
    "heard_text",
    "joined",
]

_NOTED = ("tempo", "metre", "key", "heard")
_MOST_LISTED = 60


def joined(names: list[str] | tuple[str, ...], language: str) -> str:
    """Names as a list in a sentence, the last ones counted where there are too many."""
    shown = [short_name(name) or say("homework.nobody", language) for name in names[:_MOST_LISTED]]
    if len(names) > _MOST_LISTED:
        shown.append(say("homework.more", language, count=len(names) - _MOST_LISTED))
    return say("verdict.comma", language).join(shown)


def about_texts(found: ClassFeedback, language: str) -> list[str]:
    """What the sheet is, how it was made, and that it is no grade."""
    model = {"model": short_name(found.model.name, 40), "version": short_name(found.model.version, 20)}
    lines = [say("homework.kind", language), say("homework.heard_how", language, seconds=f"{HOMEWORK.notes_s:.0f}")]
    lines.append(say("homework.model", language, **model))
    return lines if found.model.calibrated else [*lines, say("homework.uncalibrated", language)]


def heard_text(one: Feedback, language: str) -> str:
    """What the model hears and how sure it is; "" where it heard nothing."""
    found = one.piece.analysis if one.piece is not None else None
    return short_verdict(found, language) if found is not None else ""


def claim_text(one: Feedback, language: str) -> str:
    """The genre as it was written, and what it counts as where that is not in its name: Techno is Electronic."""
    written = short_name(one.entry.claimed)
    named, words = genres_named(one.entry.claimed), plain_words(one.entry.claimed)
    if all(genre in named or plain_words(genre) in words for genre in one.claimed):
        return written
    return say("homework.counts_as", language, written=written, genres=_genres(one.claimed, language))


def _genres(genres: Sequence[str], language: str) -> str:
    return say("verdict.comma", language).join(display_name(genre, language) for genre in genres)


def file_text(one: Feedback, language: str) -> str:
    """The file, and how it was found where it is not called what the roster says."""
    if one.piece is None:
        return short_name(one.entry.file)
    name = short_name(one.piece.name)
    if PurePosixPath(one.piece.name).name == one.entry.file:
        return short_name(one.entry.file)
    if one.how == "student":
        return say("homework.found_student", language, file=name)
    if one.how in ("spelling", "ending"):
        return say("homework.found_spelling", language, file=name)
    return name


def agreement_text(one: Feedback, language: str) -> str:
    """Whether the model hears what was claimed, or why it cannot judge."""
    found = one.piece.analysis if one.piece is not None else None
    heard = display_name(found.top[0].id, language) if found is not None and found.top else ""
    if one.cause:
        error = one.piece.error if one.piece is not None else None
        facts = {
            "files": joined(one.candidates, language),
            "what": failure_text(error, language) if error is not None else "",
            "claimed": short_name(one.entry.claimed, 60),
            "heard": heard,
            "near": _genres(one.meaning.near, language),
        }
        near = "_near" if one.cause == "unknown_claim" and one.meaning.near else ""
        return say(f"homework.{one.cause}{near}_text", language, **facts)
    assert found is not None
    claims = {score.id: score.probability for score in found.top if score.id in one.claimed}
    best = max(claims, key=lambda genre: claims[genre])
    facts = {"heard": heard, "claimed": display_name(best, language), "percent": percent(claims[best])}
    unsure = "_unsure" if one.agreement == "differs" and found.tier == "unsure" else ""
    return say(f"homework.{one.agreement}{unsure}_text", language, **facts, first=percent(found.top[0].probability))


def evidence_texts(one: Feedback, language: str) -> list[str]:
    """What the sound says to the reasons, then where the genre is heard, and what else is certain."""
    piece = one.piece
    if piece is None or piece.genre is None or piece.notes is None:
        return []
    rows = {row.code: (row.label, row.value) for row in note_rows(piece.notes, language)}
    lines = [_echo(echo, rows, language) for echo in one.echoes]
    if (seen := piece.evidence) is not None:
        facts = {"genre": display_name(seen.label, language), "start": clock(seen.start_s), "end": clock(seen.end_s)}
        lines.append(say("homework.where", language, **facts))
        told = {echo.claim.code for echo in one.echoes if echo.claim is not None}
        lines += claim_texts([claim for claim in seen.claims if claim.code not in told], language)
    answered = {echo.note for echo in one.echoes}
    rest = [_value(*rows[code], language) for code in _NOTED if code in rows and code not in answered]
    if rest:
        lines.append(say("homework.also", language, notes="；".join(rest) if language == "zh" else "; ".join(rest)))
    return lines


def _echo(echo: Echo, rows: dict[str, tuple[str, str]], language: str) -> str:
    written = short_name(echo.written, 60)
    if echo.topic == "beat" and echo.claim is not None:
        period_s = echo.claim.facts["period_s"]
        times = f"{60 / period_s:.0f}"
        return say("homework.echo_repeats", language, written=written, seconds=f"{period_s:.2f}", times=times)
    if echo.claim is not None:
        value = claim_texts([echo.claim], language)[0].rstrip("。.")
    elif echo.names is not None:
        value = echo.names[language]
    elif echo.note in rows:
        value = rows[echo.note][1]
    else:
        value = ""
    verdict = echo.verdict if value or echo.verdict == "open" else "open"
    return say(f"homework.echo_{verdict}", language, written=written, value=value)


def _value(label: str, value: str, language: str) -> str:
    return say("homework.value", language, label=label, value=value)


def counts_text(found: ClassFeedback, language: str) -> str:
    """How many agree, differ and so on, in one sentence."""
    counts = {agreement: found.counts[agreement] for agreement in AGREEMENTS}
    return say("homework.counts", language, all=len(found.feedback), **counts)


def class_sections(found: ClassFeedback, language: str) -> list[tuple[str, list[str]]]:
    """(title, lines) of what a teacher should know of the whole class; a part with nothing in it is left out."""
    mixed = [
        say(
            "homework.mixed",
            language,
            claimed=display_name(some.claimed, language),
            heard=display_name(some.heard, language),
            students=joined(some.students, language),
        )
        for some in found.mixed_up
    ]
    shared = [
        say(f"homework.shared_{some.same}", language, students=joined(some.students, language)) for some in found.shared
    ]
    parts = {
        "mixed_title": mixed or [say("homework.mixed_none", language)],
        "shared_title": shared,
        "missing_title": _named(found, "no_file", language),
        "ambiguous_title": _rows(found, "ambiguous", language),
        "failed_title": _rows(found, "failed", language),
        "extra_title": [joined(found.extra, language)] if found.extra else [],
        "left_out_title": _left_out(found, language),
    }
    return [(say(f"homework.{key}", language), lines) for key, lines in parts.items() if lines]


def _named(found: ClassFeedback, cause: str, language: str) -> list[str]:
    students = [one.entry.student for one in found.feedback if one.cause == cause]
    return [joined(students, language)] if students else []


def _rows(found: ClassFeedback, cause: str, language: str) -> list[str]:
    return [
        _value(
            short_name(one.entry.student) or say("homework.nobody", language), agreement_text(one, language), language
        )
        for one in found.feedback
        if one.cause == cause
    ]


def _left_out(found: ClassFeedback, language: str) -> list[str]:
    lines = [
        _value(short_name(one.name), say(f"homework.cause_{one.cause}", language), language)
        for one in found.left_out[:_MOST_LISTED]
    ]
    if len(found.left_out) > _MOST_LISTED:
        lines.append(say("homework.more", language, count=len(found.left_out) - _MOST_LISTED))
    return lines
