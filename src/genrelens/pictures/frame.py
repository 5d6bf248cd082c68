"""The frame that every picture to take away has: what it shows, how to read it, and what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from genrelens.audio.windows import SourceInfo
from genrelens.listening.analysis import ModelInfo
from genrelens.pictures.palette import PALETTES, Ground, Theme
from genrelens.pictures.svg import LARGE, SMALL, document, element, group, line, rect, text, text_width, wrapped
from genrelens.words import say
from genrelens.words.forms import clock, short_name

__all__ = ["MARGIN", "Frame", "Key", "framed", "hatching", "legend", "origin"]

MARGIN: Final = 28.0
"""Empty space round every picture, px."""
_KEY_HEIGHT: Final = 24.0
_LINE: Final = 21.0


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a colour (None: a line in ink), its name, hatched or not, pale or not."""

    name: str
    colour: str | None
    hatched: bool = False
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands round a picture.

    Attributes:
        title: What it shows.
        origins: What it was made from, a line each (`origin`).
        sentences: What stands below the title, broken into lines that fit.
        keys: Its legend.
        width: Of the whole picture, px.
        theme: Its ground.
    """

    title: str
    origins: tuple[str, ...]
    sentences: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    width: float = 960.0
    theme: Theme = "light"

    @property
    def inner(self) -> float:
        """Width that is left for the body, px."""
        return self.width - 2 * MARGIN

    @property
    def lines(self) -> list[str]:
        """The sentences as lines."""
        return [line for sentence in self.sentences for line in wrapped(sentence, self.inner)]


def framed(body: Sequence[str], body_height: float, frame: Frame) -> str:
    """The whole SVG: title, body (drawn from (0, 0) to (`frame.inner`, `body_height`)), legend, footer."""
    top = MARGIN + LARGE + 10 + (_LINE * len(frame.lines) + 6 if frame.lines else 0)
    keys, keys_height = legend(frame.keys, frame.inner, frame.theme)
    keys_top = top + body_height + 14
    footer_top = keys_top + keys_height + (8 if keys else 0)
    height = footer_top + 14 + 18 * len(frame.origins) + MARGIN - 12
    colours = PALETTES[frame.theme]
    children = [
        hatching(),
        rect(0, 0, frame.width, height, fill=colours.paper),
        *_heading(frame),
        group(body, MARGIN, top),
        group(keys, MARGIN, keys_top) if keys else "",
        *_footer(frame, footer_top),
    ]
    return document(children, frame.width, height, frame.title)


def legend(keys: Sequence[Key], room: float, ground: Ground) -> tuple[list[str], float]:
    """The entries in as many rows as they need, drawn from (0, 0), and the height of all rows, px."""
    rows = _key_rows(keys, room)
    drawn = [
        group([part for x, key in row for part in _key(key, x, room, ground)], 0, i * _KEY_HEIGHT)
        for i, row in enumerate(rows)
    ]
    return drawn, len(rows) * _KEY_HEIGHT


def origin(source: SourceInfo, model: ModelInfo | None, language: str, part: tuple[float, float] | None = None) -> str:
    """One line of the footer: file, part of it, model with its version. Hostile names are made harmless."""
    pieces = [short_name(source.name, 60) or say("facts.recording", language)]
    pieces.append(f"{clock(part[0])}\u2013{clock(part[1])}" if part else clock(source.duration_s))
    if model is not None:
        pieces.append(f"{short_name(model.name, 40)} {short_name(model.version, 20)}")
    return " \u00b7 ".join(pieces)


def hatching() -> str:
    """The pattern `url(#hatch)`: what is hatched is told apart without its colour."""
    strokes = [line(0, 0, 0, 6, stroke="#ffffff", stroke_width=2.6), line(1.6, 0, 1.6, 6, stroke="#5a2b00")]
    pattern = element("pattern", *strokes, id="hatch", width=6, height=6, patternUnits="userSpaceOnUse",
                      patternTransform="rotate(45)")  # fmt: skip
    return element("defs", pattern)


def _heading(frame: Frame) -> list[str]:
    colours = PALETTES[frame.theme]
    title = text(MARGIN, MARGIN + LARGE - 4, frame.title, size=LARGE, bold=True, room=frame.inner, fill=colours.ink)
    below = [
        text(MARGIN, MARGIN + LARGE + 20 + _LINE * i, content, fill=colours.ink)
        for i, content in enumerate(frame.lines)
    ]
    return [title, *below]


def _footer(frame: Frame, top: float) -> list[str]:
    colours = PALETTES[frame.theme]
    own = text_width("GenreLens", SMALL, bold=True)
    lines = [
        text(MARGIN, top + 20 + 18 * i, content, size=SMALL, room=frame.inner - own - 20, fill=colours.dim)
        for i, content in enumerate(frame.origins)
    ]
    name = text(frame.width - MARGIN, top + 20, "GenreLens", size=SMALL, anchor="end", bold=True, fill=colours.accent)
    rule = line(MARGIN, top, frame.width - MARGIN, top, stroke=colours.line)
    return [rule, *lines, name]


def _key_rows(keys: Sequence[Key], room: float) -> list[list[tuple[float, Key]]]:
    rows: list[list[tuple[float, Key]]] = []
    x = 0.0
    for key in keys:
        width = 24 + min(text_width(key.name), room - 48) + 24
        if x + width > room + 24 or not rows:
            rows.append([])
            x = 0.0
        rows[-1].append((x, key))
        x += width
    return rows


def _key(key: Key, x: float, room: float, ground: Ground) -> list[str]:
    colours = PALETTES[ground]
    name = text(x + 24, 14, key.name, room=room - x - 24, fill=colours.ink)
    if key.colour is None:
        return [line(x, 9, x + 16, 9, stroke=colours.ink, stroke_width=2), name]
    box = rect(x, 2, 16, 14, rx=2, fill=key.colour, opacity=key.opacity)
    hatch = [rect(x, 2, 16, 14, rx=2, fill="url(#hatch)", opacity=0.75)] if key.hatched else []
    return [box, *hatch, name]
