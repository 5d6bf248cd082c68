"""Two or three versions of a song: bars per genre, what differs and counts marked, what is only noise pale."""

from __future__ import annotations

from typing import Final

from genrelens.insight.compare import Comparison, Difference, GenreChange
from genrelens.pictures.colours import genre_colour
from genrelens.pictures.frame import Frame, Key, framed, origin
from genrelens.pictures.palette import PALETTES, Theme
from genrelens.pictures.svg import SMALL, line, rect, text, text_width
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent

__all__ = ["comparison_svg", "drawn_labels", "version_letter"]

_SHOWN: Final = 0.03
"""A genre is drawn where one version has it at least this likely, or a difference counts."""
_MOST: Final = 8
_BAR: Final = 15.0
_SPACE: Final = 16.0
_PALE: Final = 0.35
_POINTS: Final = 92.0
"""Width of the column of differences, px."""


def comparison_svg(comparison: Comparison, language: str, *, theme: Theme = "light", width: float = 820.0) -> str:
    """The picture of a comparison; version A is the reference, the others are B and C."""
    labels = drawn_labels(comparison)
    frame = Frame(
        say("pictures.comparison_title", language),
        _origins(comparison, language),
        sentences=tuple(_sentence(difference, language) for difference in comparison.differences),
        keys=(Key(say("pictures.comparison_pale", language), "#8a8f94", opacity=_PALE),),
        width=width,
        theme=theme,
    )
    row = len(comparison.versions) * _BAR + _SPACE
    names = [display_name(label, language) for label in labels]
    column = min(max(text_width(name) for name in names) + 14, frame.inner / 3)
    body = [
        part for i, label in enumerate(labels) for part in _row(comparison, label, i * row, column, language, frame)
    ]
    return framed(body, row * len(labels), frame)


def version_letter(index: int) -> str:
    """A, B, C: how the versions are called in pictures."""
    return chr(ord("A") + index)


def drawn_labels(comparison: Comparison) -> list[str]:
    """The genres to draw, the likeliest of any version first; those whose difference counts are never left out."""
    highest = {label: max(v.probabilities.get(label, 0.0) for v in comparison.versions) for label in comparison.labels}
    counted = {genre.label for difference in comparison.differences for genre in difference.counted}
    ordered = sorted(highest, key=lambda label: (label not in counted, -highest[label]))
    kept = [label for i, label in enumerate(ordered) if i == 0 or label in counted or highest[label] >= _SHOWN]
    return sorted(kept[: max(_MOST, len(counted))], key=lambda label: -highest[label])


def _origins(comparison: Comparison, language: str) -> tuple[str, ...]:
    return tuple(
        f"{version_letter(i)}  {origin(heard.source, comparison.model, language, (heard.start_s, heard.end_s))}"
        for i, heard in enumerate(comparison.versions)
    )


def _sentence(difference: Difference, language: str) -> str:
    who = {"version": version_letter(difference.version), "reference": version_letter(0)}
    if not difference.counted:
        return say("pictures.comparison_none", language, **who)
    changes = say("verdict.comma", language).join(
        say("pictures.comparison_change", language, genre=display_name(genre.label, language), points=_points(genre))
        for genre in difference.counted[:3]
    )
    return say("pictures.comparison_counts", language, **who, changes=changes)


def _points(genre: GenreChange) -> str:
    """A difference in whole per cent points, with its sign."""
    rounded = round(genre.difference * 100)
    return f"{rounded:+d}".replace("-", "\u2212") if rounded else "\u00b10"


def _row(comparison: Comparison, label: str, top: float, column: float, language: str, frame: Frame) -> list[str]:
    """One genre: its name, and a bar for each version."""
    colours = PALETTES[frame.theme]
    changes = {d.version: g for d in comparison.differences for g in d.genres if g.label == label}
    middle = top + len(comparison.versions) * _BAR / 2 + 5
    drawn = [text(0, middle, display_name(label, language), room=column - 10, fill=colours.ink)]
    for i, heard in enumerate(comparison.versions):
        drawn += _bar(i, heard.probabilities.get(label, 0.0), label, changes.get(i), (column, top + i * _BAR), frame)
    bottom = top + len(comparison.versions) * _BAR + _SPACE / 2
    return [*drawn, line(0, bottom, frame.inner, bottom, stroke=colours.line)]


def _bar(
    index: int, probability: float, label: str, change: GenreChange | None, at: tuple[float, float], frame: Frame
) -> list[str]:
    """One version's bar with its letter, its percentage and, where it is no reference, its difference."""
    (x, y), colours = at, PALETTES[frame.theme]
    full = frame.inner - x - 22 - 54 - _POINTS
    counts = change is not None and change.counts
    pale = change is not None and not change.counts
    drawn = [
        text(x, y + 11, version_letter(index), size=SMALL, fill=colours.dim),
        rect(x + 18, y + 1, full, _BAR - 3, rx=3, fill=colours.line, opacity=0.6),
        rect(x + 18, y + 1, max(2.0, full * probability), _BAR - 3, rx=3, fill=genre_colour(label),
             opacity=_PALE if pale else None, **({"stroke": colours.ink, "stroke_width": 1.5} if counts else {})),
        text(x + 18 + full + 54, y + 11, percent(probability), size=SMALL, anchor="end", fill=colours.ink),
    ]  # fmt: skip
    if change is None:
        return drawn
    mark = ("\u25b2 " if change.difference > 0 else "\u25bc ") if counts else ""
    said = text(frame.inner, y + 11, f"{mark}{_points(change)}", size=SMALL, anchor="end", bold=counts,
                fill=colours.ink if counts else colours.dim)  # fmt: skip
    return [*drawn, said]
