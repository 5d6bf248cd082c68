"""A song over time: a ribbon of its sections, the shares of the genres every second, and how certain each second is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.insight.timeline import Section, Timeline
from genrelens.pictures.axes import time_axis, time_ticks
from genrelens.pictures.colours import genre_colour
from genrelens.pictures.frame import Frame, Key, framed, hatching, legend, origin
from genrelens.pictures.palette import PALETTES, Ground, Theme, ink_on
from genrelens.pictures.svg import SMALL, TEXT, document, group, line, path, rect, text, text_width, title
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["timeline_svg"]

_GUTTER: Final = 54.0
_RIBBON: Final = 46.0
_AREA: Final = 170.0
_CERTAIN: Final = 100.0
_GAP: Final = 14.0
_HEIGHT: Final = _RIBBON + _GAP + _AREA + 2 * _GAP + _CERTAIN + 24.0
_NAMED: Final = 6
"""Labels with an area of their own; the others are one grey area."""
_REST: Final = "#8a8f94"
_LIKELY, _SURE = 0.70, 0.85
"""Where the tiers of `listening/certainty.py` begin; drawn, not computed with."""


def timeline_svg(
    timeline: Timeline,
    language: str,
    *,
    width: float = 960.0,
    theme: Theme = "light",
    bare: bool = False,
    span_s: float | None = None,
) -> str:
    """The picture of a timeline; `bare` leaves out frame and ground and takes the colour of text from the page.

    Each section of the ribbon carries `data-section`, `data-start` and `data-end` (seconds in the source). `span_s`,
    seconds, is what the whole width stands for where several songs share one scale; the song's length when left out.
    """
    ground: Ground = "page" if bare else theme
    if bare:
        return _bare(timeline, language, width, span_s)
    frame = Frame(
        say("pictures.timeline_title", language),
        (origin(timeline.source, timeline.model, language, (timeline.start_s, timeline.end_s)),),
        keys=_keys(timeline, language),
        width=width,
        theme=theme,
    )
    return framed(_body(timeline, language, frame.inner, ground, span_s), _HEIGHT, frame)


def _bare(timeline: Timeline, language: str, width: float, span_s: float | None) -> str:
    keys, height = legend(_keys(timeline, language), width, "page")
    body = _body(timeline, language, width, "page", span_s)
    children = [hatching(), *body, group(keys, 0, _HEIGHT + 10)]
    return document(
        children, width, _HEIGHT + 10 + height, say("pictures.timeline_title", language), class_="picture timeline"
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    start_s: float
    end_s: float
    left: float
    right: float

    def __call__(self, time_s: float) -> float:
        share = (time_s - self.start_s) / max(self.end_s - self.start_s, 1e-6)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)


def _body(timeline: Timeline, language: str, width: float, ground: Ground, span_s: float | None) -> list[str]:
    end_s = max(timeline.end_s, timeline.start_s + (span_s or 0.0))
    at = _Scale(timeline.start_s, end_s, _GUTTER, width)
    area_top = _RIBBON + _GAP
    certain_top = area_top + _AREA + 2 * _GAP
    ticks = time_ticks(timeline.start_s, end_s, width - _GUTTER)
    return [
        group([_section(i, section, at, language, ground) for i, section in enumerate(timeline.sections)]),
        group([*_grid(ground, width), *_areas(timeline, at)], 0, area_top),
        group(_cuts(timeline, at, ground)),
        group([*_levels(language, ground, width), *_certainty(timeline, at, ground)], 0, certain_top),
        group(time_axis(ticks, at, certain_top + _CERTAIN, ground, room=width)),
    ]


def _section(index: int, section: Section, at: _Scale, language: str, ground: Ground) -> str:
    left, right = at(section.start_s) + 0.75, at(section.end_s) - 0.75
    colour = genre_colour(section.genre) if section.genre else PALETTES[ground].wave
    box = rect(left, 0, right - left, _RIBBON, rx=4, fill=colour, stroke="#8a8f94", stroke_opacity=0.5)
    doubt = section.silent or section.tier == "not_music"
    hatch = rect(left, 0, right - left, _RIBBON, rx=4, fill="url(#hatch)", opacity=0.35) if doubt else ""
    names = [] if doubt else _section_names(section, left, right, ink_on(colour), language)
    tip = title(_tip(section, language))
    return group([tip, box, hatch, *names], class_="section", data_section=index,
                 data_start=section.start_s, data_end=section.end_s)  # fmt: skip


def _tip(section: Section, language: str) -> str:
    """Words of one section: times, genre, certainty; shown where a pointer rests on it."""
    when = f"{clock(section.start_s)}\u2013{clock(section.end_s)}"
    kind = "silent" if section.silent else section.tier
    first = f" {display_name(section.top[0].id, language)} {percent(section.top[0].probability)}" if section.top else ""
    return f"{when}{first} \u00b7 {say(f'verdict.{kind}', language)}"


def _section_names(section: Section, left: float, right: float, ink: str, language: str) -> list[str]:
    """Name and percentage, both lines or only the name, where they fit whole; else nothing (the colour says it)."""
    first, room, middle = section.top[0], right - left - 10, (left + right) / 2
    name, share = display_name(first.id, language), percent(first.probability)
    if text_width(name, TEXT, bold=True) > room:
        return []
    style = {"anchor": "middle", "fill": ink}
    if text_width(share, SMALL) > room:
        return [text(middle, 28, name, bold=True, **style)]  # type: ignore[arg-type]
    return [text(middle, 20, name, bold=True, **style), text(middle, 37, share, size=SMALL, **style)]  # type: ignore[arg-type]


def _named(timeline: Timeline) -> list[int]:
    """The columns with an area of their own, the largest first: what ever leads, or holds 4 % of the song."""
    if timeline.silent.all():
        return []
    heard = timeline.probabilities[~timeline.silent]
    share = heard.mean(axis=0)
    worth = (share >= 0.04) | (heard.max(axis=0) >= 0.4)
    return [int(i) for i in np.argsort(-share) if worth[i]][:_NAMED]


def _keys(timeline: Timeline, language: str) -> tuple[Key, ...]:
    named = [timeline.labels[i] for i in _named(timeline)]
    keys = [Key(display_name(label, language), genre_colour(label)) for label in named]
    rest = (
        [Key(say("pictures.other_genres", language), _REST, opacity=0.6)] if len(named) < len(timeline.labels) else []
    )
    return (*keys, *rest, Key(say("pictures.certainty_key", language), None))


def _runs(silent: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, end) of every run of steps that are not silent."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], silent, [True]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _times(timeline: Timeline, first: int, end: int) -> NDArray[np.float64]:
    """Centres of the steps of a run, with its two ends before and after."""
    centres = timeline.start_s + (np.arange(first, end) + 0.5) * timeline.step_s
    ends = timeline.start_s + np.array([first, end]) * timeline.step_s
    return np.concatenate([ends[:1], centres, ends[1:]]).clip(max=timeline.end_s)


def _areas(timeline: Timeline, at: _Scale) -> list[str]:
    named = _named(timeline)
    shares = timeline.probabilities[:, named]
    layers = np.concatenate([shares, 1 - shares.sum(axis=1, keepdims=True)], axis=1)
    tops = np.concatenate([np.zeros((len(layers), 1)), layers.cumsum(axis=1)], axis=1)
    colours = [(genre_colour(timeline.labels[i]), 1.0) for i in named] + [(_REST, 0.35)]
    drawn = []
    for first, end in _runs(timeline.silent):
        x = [at(time) for time in _times(timeline, first, end)]
        heights = _AREA * (1 - tops[[first, *range(first, end), end - 1]])
        for i, (colour, opacity) in enumerate(colours):
            outline = [*zip(x, heights[:, i], strict=True), *reversed([*zip(x, heights[:, i + 1], strict=True)])]
            drawn.append(path(outline, closed=True, fill=colour, fill_opacity=opacity))
    return drawn


def _grid(ground: Ground, width: float) -> list[str]:
    colours = PALETTES[ground]
    marks = []
    for share in (0.0, 0.5, 1.0):
        y = _AREA * (1 - share)
        label = f"{share * 100:.0f}\u00a0%"
        marks.append(text(_GUTTER - 8, y + 4, label, size=SMALL, anchor="end", fill=colours.dim,
                          fill_opacity=colours.dim_opacity))  # fmt: skip
        marks.append(line(_GUTTER, y, width, y, stroke=colours.line, stroke_opacity=colours.line_opacity))
    return marks


def _cuts(timeline: Timeline, at: _Scale, ground: Ground) -> list[str]:
    """Where one section ends and the next begins, through both graphs."""
    bottom = _HEIGHT - 24
    paper = PALETTES[ground].paper or PALETTES[ground].ink
    return [
        line(at(section.start_s), _RIBBON, at(section.start_s), bottom, stroke=paper, stroke_width=1.5,
             stroke_dasharray="2 3")
        for section in timeline.sections[1:]
    ]  # fmt: skip


def _levels(language: str, ground: Ground, width: float) -> list[str]:
    """The tiers of certainty, named, and the lines between them."""
    colours = PALETTES[ground]
    marks = [line(_GUTTER, _CERTAIN, width, _CERTAIN, stroke=colours.line, stroke_opacity=colours.line_opacity)]
    for level in (_SURE, _LIKELY):
        y = _CERTAIN * (1 - level)
        marks.append(line(_GUTTER, y, width, y, stroke=colours.dim, stroke_opacity=0.5, stroke_dasharray="4 4"))
    for level, word in (
        ((1 + _SURE) / 2, say("pictures.level_sure", language)),
        ((_SURE + _LIKELY) / 2, say("pictures.level_likely", language)),
        (_LIKELY / 2, say("pictures.level_unsure", language)),
    ):
        marks.append(text(_GUTTER - 8, _CERTAIN * (1 - level) + 4, word, size=SMALL, anchor="end", room=_GUTTER - 8,
                          fill=colours.dim, fill_opacity=colours.dim_opacity))  # fmt: skip
    return marks


def _certainty(timeline: Timeline, at: _Scale, ground: Ground) -> list[str]:
    """The probability of the likeliest genre, second by second."""
    drawn = []
    for first, end in _runs(timeline.silent):
        highest = timeline.probabilities[[first, *range(first, end), end - 1]].max(axis=1)
        points: Sequence[tuple[float, float]] = [
            (at(time), _CERTAIN * (1 - value))
            for time, value in zip(_times(timeline, first, end), highest, strict=True)
        ]
        drawn.append(path(points, fill="none", stroke=PALETTES[ground].ink, stroke_width=2, stroke_linejoin="round"))
    return drawn
