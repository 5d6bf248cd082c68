"""The answer for one song as a card to take away: the verdict in words and the first five genres."""

from __future__ import annotations

from typing import Final

from genrelens.listening.analysis import Analysis, GenreScore
from genrelens.pictures.colours import genre_colour
from genrelens.pictures.frame import Frame, framed, origin
from genrelens.pictures.palette import PALETTES, Theme
from genrelens.pictures.svg import BIG, TEXT, rect, text, text_width, wrapped
from genrelens.sentences.answer import tags_text, verdict_text
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent, short_name

__all__ = ["answer_svg"]

_WIDTH: Final = 720.0
_NAMED: Final = ("sure", "likely", "blend")
"""Tiers whose headline is a genre."""
_BAR: Final = 34.0
_LINE: Final = 21.0


def answer_svg(analysis: Analysis, language: str, *, theme: Theme = "light") -> str:
    """The card of one answer: what the page says, in the same words and numbers."""
    part = _part(analysis)
    frame = Frame(
        short_name(analysis.source.name, 60) or say("facts.recording", language),
        (origin(analysis.source, analysis.model, language, part),),
        width=_WIDTH,
        theme=theme,
    )
    body, height = _verdict(analysis, language, frame)
    bars = _bars(analysis.top5, height + 14, language, frame)
    return framed([*body, *bars], height + 14 + _BAR * len(analysis.top5), frame)


def _part(analysis: Analysis) -> tuple[float, float] | None:
    """From the first second that was heard to the last."""
    if not analysis.listened:
        return None
    return analysis.listened[0][0], max(end for _, end in analysis.listened)


def _verdict(analysis: Analysis, language: str, frame: Frame) -> tuple[list[str], float]:
    """Headline and sentences, and how high they are, px."""
    colours = PALETTES[frame.theme]
    kind = analysis.tier if analysis.top else "silent"
    named = kind in _NAMED
    headline = display_name(analysis.top[0].id, language) if named else say(f"verdict.{kind}", language)
    above = say(f"verdict.{kind}", language) if named else ""
    top = 0.0 if above else -22.0
    drawn = [
        text(0, 18, above, fill=colours.accent, bold=True),
        text(0, 62 + top, headline, size=BIG, bold=True, room=frame.inner, fill=colours.ink),
    ]
    sentences = [verdict_text(analysis, language), tags_text(analysis, language)]
    if analysis.top and not analysis.model.calibrated:
        sentences.append(say("verdict.uncalibrated", language))
    lines = [line for sentence in sentences if sentence for line in wrapped(sentence, frame.inner)]
    drawn += [text(0, 92 + top + _LINE * i, line, fill=colours.ink) for i, line in enumerate(lines)]
    return drawn, 92 + top + _LINE * len(lines)


def _bars(scores: tuple[GenreScore, ...], top: float, language: str, frame: Frame) -> list[str]:
    colours = PALETTES[frame.theme]
    names = [display_name(score.id, language) for score in scores]
    column = min(max((text_width(name) for name in names), default=0.0) + 14, frame.inner / 3)
    full = frame.inner - column - 70
    drawn = []
    for i, (name, score) in enumerate(zip(names, scores, strict=True)):
        y = top + i * _BAR
        drawn += [
            text(0, y + 17, name, room=column - 10, fill=colours.ink),
            rect(column, y + 3, full, 18, rx=4, fill=colours.line),
            rect(column, y + 3, max(2.0, full * score.probability), 18, rx=4, fill=genre_colour(score.id)),
            text(frame.inner, y + 17, percent(score.probability), size=TEXT, anchor="end", fill=colours.ink),
        ]
    return drawn
