"""A comparison as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from genrelens.insight.compare import Comparison, Difference
from genrelens.sentences.comparison import changed_texts, points
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent, short_name

__all__ = ["report"]

_SHOWN: int = 5


def report(found: Comparison, language: str) -> str:
    """Who is compared, then for each version the verdict, the genres and the notes that changed."""
    lines = [
        f"{_letter(index)}  {short_name(heard.source.name) or '?'}  {clock(heard.end_s - heard.start_s)}"
        for index, heard in enumerate(found.versions)
    ]
    for difference in found.differences:
        lines += ["", *_lines(difference, language)]
    if not found.model.calibrated:
        lines.append(say("verdict.uncalibrated", language))
    return "\n".join(lines)


def _lines(difference: Difference, language: str) -> Iterator[str]:
    facts = {"version": _letter(difference.version), "reference": _letter(0)}
    largest = difference.largest
    if largest is None:
        yield say("compare.none", language, **facts)
    else:
        genre = display_name(largest.label, language)
        yield say("compare.heard", language, **facts, genre=genre, points=points(largest.difference))
    for change in [genre for genre in difference.genres if genre.counts or genre in difference.genres[:_SHOWN]]:
        mark = say("compare.counts" if change.counts else "compare.noise", language, floor=round(change.floor * 100))
        name = display_name(change.label, language)
        numbers = f"{percent(change.before):>6} \u2192 {percent(change.after):>6}  {points(change.difference):>4}"
        yield f"  {numbers}  {name}  {mark}"
    yield from (f"  {text}" for text in changed_texts(difference, language) or [say("compare.notes_same", language)])


def _letter(index: int) -> str:
    return chr(ord("A") + index)
