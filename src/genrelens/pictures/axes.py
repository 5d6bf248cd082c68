"""Axes: where the ticks of time and of frequency go, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.pictures.palette import PALETTES, Ground
from genrelens.pictures.svg import SMALL, line, text, text_width
from genrelens.words.forms import clock

__all__ = ["frequency_ticks", "hertz", "time_axis", "time_ticks"]

_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def time_ticks(start_s: float, end_s: float, room: float, apart: float = 70.0) -> list[float]:
    """Round times from `start_s` to `end_s`, at least `apart` px from each other on `room` px."""
    span = max(end_s - start_s, 1e-6)
    step = next((s for s in _STEPS_S if s / span * room >= apart), _STEPS_S[-1])
    first = -int(-start_s // step)
    return [i * step for i in range(first, int(end_s // step) + 1)]


def time_axis(
    ticks: Sequence[float],
    at: Callable[[float], float],
    y: float,
    ground: Ground,
    *,
    room: float,
    form: Callable[[float], str] = clock,
) -> list[str]:
    """Ticks and labels below `y`; `at` gives the x of a time. A label that would leave the picture is moved inside."""
    colours = PALETTES[ground]
    marks = []
    for tick in ticks:
        x, label = at(tick), form(tick)
        half = text_width(label, SMALL) / 2
        marks.append(line(x, y, x, y + 5, stroke=colours.dim, stroke_opacity=colours.dim_opacity))
        marks.append(
            text(min(x, room - half), y + 19, label, size=SMALL, anchor="middle", fill=colours.dim,
                 fill_opacity=colours.dim_opacity)
        )  # fmt: skip
    return marks


def frequency_ticks(edges_hz: NDArray[np.float64]) -> list[float]:
    """Octaves (63 Hz to 16 kHz) that lie inside the bands; fewer at the bottom, where mel bands crowd them."""
    octaves = [63.0, *(125.0 * 2**i for i in range(8))]
    places = [float(np.interp(hz, edges_hz, np.arange(len(edges_hz)))) / (len(edges_hz) - 1) for hz in octaves]
    kept: list[float] = []
    last = -1.0
    for hz, place in zip(octaves, places, strict=True):
        if edges_hz[0] < hz < edges_hz[-1] and place - last >= 0.06:
            kept.append(hz)
            last = place
    return kept


def hertz(frequency_hz: float) -> str:
    """A frequency as it stands on an axis: 250, 1k, 16k."""
    return f"{frequency_hz / 1000:g}k" if frequency_hz >= 1000 else f"{frequency_hz:.0f}"
