"""Genre over a whole song: second by second, and as sections with a name each.

Windows of 10 s that overlap are heard along the song; the sections are found where their embedding changes
(`insight/sections.py`). What the patches of a window say belongs to the third of a second that they cover, so every
moment has a logit from each window around it; a window counts by the fourth power of the share of it that lies in the
moment's section, since one that straddles a cut has heard something else, too. The mean over a second is its point of
the curve, the mean over a section its name. Probabilities come from `listening/certainty.py` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.audio.windows import SourceInfo
from genrelens.insight.moments import Moments, moments_of
from genrelens.insight.sections import MIN_SECTION_S, Span, find_sections
from genrelens.listening.along import Along, hear_along, overlapping_starts
from genrelens.listening.analysis import GenreScore, ModelInfo, Tier
from genrelens.listening.certainty import mix_index, not_music_probability, pooled_probabilities, tier_of
from genrelens.listening.model import Model

__all__ = ["HOP_S", "SCHEMA_VERSION", "Section", "Timeline", "listen_along", "timeline"]

HOP_S: Final = 2.4
"""Seconds from one window to the next: a multiple of 80 ms, where the frames of both spectrograms meet. Halving it
gains nothing on spliced songs (benchmarks/timeline.py --hop)."""

_STEP_S: Final = 1.0

SCHEMA_VERSION: Final = 1
"""Of `Timeline.to_dict()`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the song that sounds like one thing.

    Attributes:
        start_s: In the source, seconds.
        end_s: In the source, seconds.
        top: All labels with their probabilities, descending, summing to 1; empty where the section is silent.
        tier: `sure`, `likely`, `blend`, `unsure` or `not_music`, as in an `Analysis`.
        not_music: Probability that it is not music; None for silence, and where the bundle does not answer that.
        mix_index: 0 for one genre, 50 for two equal ones.
        windows: How many windows its name rests on.
    """

    start_s: float
    end_s: float
    top: tuple[GenreScore, ...]
    tier: Tier
    not_music: float | None
    mix_index: float
    windows: int

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear in it."""
        return not self.top

    @property
    def genre(self) -> str | None:
        """The likeliest label; None for silence."""
        return self.top[0].id if self.top else None

    @property
    def top3(self) -> tuple[GenreScore, ...]:
        """The first three of `top`."""
        return self.top[:3]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "genre": self.genre, "length_s": self.length_s, "silent": self.silent}


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Genre over time.

    Attributes:
        source: What the file says of itself.
        start_s: Of what was heard, in the source, seconds.
        end_s: Of what was heard, seconds.
        cut: Whether the part was longer than may be listened to at once, and its end is missing.
        labels: Of the columns of `probabilities`.
        step_s: Length of a step, seconds; the last one may be shorter.
        probabilities: float64 [steps, labels]; step i begins at `start_s + i * step_s`; NaN where it is silent.
        not_music: float64 [steps], NaN where it is silent; None where the bundle does not answer that.
        sections: From `start_s` to `end_s` without gaps.
        windows: How many windows were heard.
        hop_s: Seconds from one window to the next.
        model: Which model answered.
    """

    source: SourceInfo
    start_s: float
    end_s: float
    cut: bool
    labels: tuple[str, ...]
    step_s: float
    probabilities: NDArray[np.float64]
    not_music: NDArray[np.float64] | None
    sections: tuple[Section, ...]
    windows: int
    hop_s: float
    model: ModelInfo

    @property
    def silent(self) -> NDArray[np.bool_]:
        """bool [steps]: where there is nothing to hear."""
        return np.isnan(self.probabilities[:, 0])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys; a silent step is null."""
        rows = [None if quiet else row.tolist() for row, quiet in zip(self.probabilities, self.silent, strict=True)]
        not_music = None
        if self.not_music is not None:
            not_music = [None if np.isnan(value) else float(value) for value in self.not_music]
        return {
            "schema_version": SCHEMA_VERSION,
            "source": asdict(self.source),
            "start_s": self.start_s,
            "end_s": self.end_s,
            "cut": self.cut,
            "labels": list(self.labels),
            "step_s": self.step_s,
            "probabilities": rows,
            "not_music": not_music,
            "sections": [section.to_dict() for section in self.sections],
            "windows": self.windows,
            "hop_s": self.hop_s,
            "model": asdict(self.model),
        }


def listen_along(
    model: Model, song: Song, *, hop_s: float = HOP_S, step: Callable[[float], None] | None = None
) -> Along:
    """The windows that a timeline needs, for whoever wants to share them."""
    return hear_along(model, song, overlapping_starts(song, model.bundle.window_s, hop_s), step=step)


def timeline(
    model: Model,
    song: Song,
    *,
    along: Along | None = None,
    step: Callable[[float], None] | None = None,
) -> Timeline:
    """Genre along a song, second by second and section by section.

    Args:
        model: From `load_model`.
        song: At `model.bundle.sample_rate`.
        along: From `listen_along`, where that was already heard.
        step: Told the share that is done, 0 to 1; what it raises ends it.
    """
    along = listen_along(model, song, step=step) if along is None else along
    spans = find_sections(along, song, _edges(model, song, along))
    moments = moments_of(model.bundle, along, song, spans)
    bundle = model.bundle
    hops = np.diff(along.starts_s)
    return Timeline(
        source=song.source,
        start_s=song.start_s,
        end_s=song.end_s,
        cut=song.cut,
        labels=bundle.labels,
        step_s=_STEP_S,
        probabilities=_curve(model, moments),
        not_music=_not_music_curve(model, moments),
        sections=tuple(_named(model, along, moments, index, span) for index, span in enumerate(spans)),
        windows=len(along.starts_s),
        hop_s=float(np.median(hops)) if len(hops) else 0.0,
        model=ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated),
    )


def _edges(model: Model, song: Song, along: Along) -> tuple[Along, Along] | None:
    """The first and the last seconds alone, repeated to fill a window: what a short first or last section sounds like."""
    if song.duration_s <= along.window_s:
        return None
    first = song.part(song.start_s, song.start_s + MIN_SECTION_S)
    last = song.part(song.end_s - MIN_SECTION_S, song.end_s)
    return hear_along(model, first, (first.start_s,)), hear_along(model, last, (last.start_s,))


def _curve(model: Model, moments: Moments) -> NDArray[np.float64]:
    steps = moments.by_step(moments.logits, _STEP_S)
    curve = np.full(steps.shape, np.nan)
    heard = ~np.isnan(steps[:, 0])
    curve[heard] = pooled_probabilities(steps[heard], 1, model.bundle.calibration)
    return curve


def _not_music_curve(model: Model, moments: Moments) -> NDArray[np.float64] | None:
    if moments.not_music is None:
        return None
    steps = moments.by_step(moments.not_music[:, None], _STEP_S)[:, 0]
    calibration = model.bundle.calibration
    return np.array([v if np.isnan(v) else not_music_probability(np.array([v]), calibration) for v in steps])


def _named(model: Model, along: Along, moments: Moments, index: int, span: Span) -> Section:
    inside = moments.section == index
    if span.silent or not inside.any():
        return Section(span.start_s, span.end_s, (), "not_music", None, 0.0, 0)
    labels, calibration = model.bundle.labels, model.bundle.calibration
    windows = _windows_inside(along, span)
    probabilities = pooled_probabilities(moments.logits[inside].mean(axis=0), windows, calibration)
    not_music = None
    if moments.not_music is not None:
        not_music = not_music_probability(moments.not_music[inside], calibration)
    order = np.argsort(-probabilities, kind="stable")
    return Section(
        start_s=span.start_s,
        end_s=span.end_s,
        top=tuple(GenreScore(labels[place], float(probabilities[place])) for place in order),
        tier=tier_of(probabilities, not_music, calibration),
        not_music=not_music,
        mix_index=mix_index(probabilities),
        windows=windows,
    )


def _windows_inside(along: Along, span: Span) -> int:
    """How many windows lie in a section, but for a tenth of them; at least one."""
    starts = np.asarray(along.starts_s)
    shared = np.minimum(starts + along.window_s, span.end_s) - np.maximum(starts, span.start_s)
    return max(1, int(np.sum(shared >= 0.9 * along.window_s)))
