"""Where a genre is heard: the sound as a grey spectrogram, and over it what speaks for the genre and what against it.

For is blue and plain, against is orange and hatched: the two are told apart by hue, by lightness and
without any colour. How opaque a patch is, is how much it says. Patches are drawn as the model has them,
with their edges: a smooth map would promise more than four bands of frequency can hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.insight.evidence import Evidence
from genrelens.listening.bundle import Patch
from genrelens.pictures.axes import frequency_ticks, hertz, time_axis, time_ticks
from genrelens.pictures.frame import Frame, Key, framed, hatching, legend, origin
from genrelens.pictures.palette import AGAINST, FOR, PALETTES, Ground, Theme
from genrelens.pictures.svg import SMALL, document, group, image, line, rect, text, title
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent

__all__ = ["evidence_svg"]

_GUTTER: Final = 54.0
_HEIGHT: Final = 320.0
_FAINT: Final = 0.1
"""What says less than this share of the strongest patches is not drawn."""
_RANGE_DB: Final = 70.0
"""What is softer than the loudest by more is paper."""
_STRONGEST: Final = 97.0
"""Percentile of |score| that is drawn in full: one outlier must not make all others pale."""
_OPAQUE: Final = 0.72
"""Opacity of the patches that say the most, at strength 1: the sound stays visible under it."""


def evidence_svg(
    evidence: Evidence,
    language: str,
    *,
    strength: float = 1.0,
    theme: Theme = "light",
    width: float = 960.0,
    sentences: Sequence[str] = (),
    bare: bool = False,
) -> str:
    """The picture of one part's evidence for one genre.

    Args:
        evidence: What to draw.
        language: Of its words.
        strength: How opaque the evidence is: 0 (the sound alone) to 2 (faint patches, too).
        theme: Its ground.
        width: Of the whole picture, px.
        sentences: What is said of the evidence (`insight/evidence_claims.py`), to stand below the title.
        bare: Without frame and ground, text in the page's colour; the sentences are the page's then.

    Raises:
        ValueError: A strength outside 0 to 2.
    """
    if not 0 <= strength <= 2:
        raise ValueError(f"strength {strength:g} is not between 0 and 2")
    genre = display_name(evidence.label, language)
    if bare:
        return _bare(evidence, language, strength, width)
    part = (evidence.start_s, evidence.end_s)
    frame = Frame(
        say("pictures.evidence_title", language, genre=genre),
        (origin(evidence.source, evidence.model, language, part),),
        sentences=(_summary(evidence, language), *sentences),
        keys=_keys(genre, theme, language),
        width=width,
        theme=theme,
    )
    return framed(_body(evidence, language, strength, frame.inner, theme), _HEIGHT + 46, frame)


def _bare(evidence: Evidence, language: str, strength: float, width: float) -> str:
    genre = display_name(evidence.label, language)
    keys, height = legend(_keys(genre, "page", language), width, "page")
    body = _body(evidence, language, strength, width, "page")
    children = [hatching(), *body, group(keys, 0, _HEIGHT + 60)]
    name = say("pictures.evidence_title", language, genre=genre)
    return document(children, width, _HEIGHT + 60 + height, name, class_="picture evidence")


def _summary(evidence: Evidence, language: str) -> str:
    """How likely the genre is here, which one is likelier, and how the evidence was found where by occlusion."""
    own, first = (
        say("verdict.part", language, genre=display_name(label, language), percent=percent(probability))
        for label, probability in ((evidence.label, evidence.probability), (evidence.first, evidence.first_probability))
    )
    said = [say("pictures.evidence_here", language, own=own)]
    if evidence.first != evidence.label:
        said = [say("pictures.evidence_rival", language, own=own, first=first)]
    if evidence.kind == "occlusion":
        said.append(say("pictures.evidence_occlusion", language))
    return ("" if language == "zh" else " ").join(said)


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a time and a frequency lie on the picture, px."""

    start_s: float
    end_s: float
    edges_hz: NDArray[np.float64]
    width: float

    def x(self, time_s: float) -> float:
        share = (time_s - self.start_s) / max(self.end_s - self.start_s, 1e-6)
        return _GUTTER + min(max(share, 0.0), 1.0) * (self.width - _GUTTER)

    def y(self, frequency_hz: float) -> float:
        """Mel bands are equally high, as in the spectrogram."""
        band = float(np.interp(frequency_hz, self.edges_hz, np.arange(len(self.edges_hz))))
        return _HEIGHT * (1 - band / (len(self.edges_hz) - 1))


def _body(evidence: Evidence, language: str, strength: float, width: float, ground: Ground) -> list[str]:
    plane = _Plane(evidence.start_s, evidence.end_s, evidence.edges_hz, width)
    sound = image(_GUTTER, 0, width - _GUTTER, _HEIGHT, _grey(evidence.mel, ground))
    ticks = time_ticks(evidence.start_s, evidence.end_s, width - _GUTTER, 60)
    return [
        sound,
        group(_patches(evidence, plane, strength), class_="patches"),
        *_frequencies(plane, language, ground),
        *time_axis(ticks, plane.x, _HEIGHT, ground, room=width, form=lambda time: f"{time:g}"),
        text(width, _HEIGHT + 40, say("pictures.evidence_time", language), size=SMALL, anchor="end",
             fill=PALETTES[ground].dim),
    ]  # fmt: skip


def _grey(mel: NDArray[np.float32], ground: Ground) -> NDArray[np.uint8]:
    """The spectrogram [bands, frames] as grey pixels, low frequencies below: loud is far from the paper."""
    low, high = np.percentile(mel, (5.0, 99.7))
    low = max(low, high - _RANGE_DB)
    loud = np.clip((mel - low) / max(high - low, 1e-6), 0.0, 1.0)
    if ground == "page":  # whatever is behind shows through where it is soft
        shade = np.full((*mel.shape, 2), 128, dtype=np.uint8)
        shade[..., 1] = np.round(200 * loud[::-1])
        return shade
    paper, ink = (252.0, 112.0) if ground == "light" else (18.0, 150.0)
    pixels: NDArray[np.uint8] = np.round(paper + (ink - paper) * loud[::-1]).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def _patches(evidence: Evidence, plane: _Plane, strength: float) -> list[str]:
    shown = np.asarray(evidence.shown, dtype=np.float64)
    most = float(np.percentile(np.abs(shown), _STRONGEST)) if shown.size else 0.0
    if most <= 0 or strength <= 0:
        return []
    return [
        _patch(patch, min(max(value / most, -1.0), 1.0), evidence.start_s, plane, strength)
        for patch, value in zip(evidence.patches, shown, strict=True)
        if abs(value) >= _FAINT * most and evidence.start_s + patch.t0_s < evidence.end_s  # else: only heard repeated
    ]


def _patch(patch: Patch, share: float, offset_s: float, plane: _Plane, strength: float) -> str:
    """One patch; `share` -1 to 1 of the strongest. The strong ones have an outline."""
    left, right = plane.x(offset_s + patch.t0_s), plane.x(offset_s + patch.t1_s)
    top, bottom = plane.y(patch.f1_hz), plane.y(patch.f0_hz)
    box = (left, top, right - left, bottom - top)
    colour, opacity = FOR if share > 0 else AGAINST, min(0.85, _OPAQUE * abs(share) * strength)
    parts = [title(f"{share * 100:+.0f}\u00a0%"), rect(*box, fill=colour, fill_opacity=opacity)]
    if share < 0:
        parts.append(rect(*box, fill="url(#hatch)", opacity=opacity))
    if abs(share) * strength >= 0.5:
        parts.append(rect(*box, fill="none", stroke=colour, stroke_width=1.5))
    return group(parts)


def _frequencies(plane: _Plane, language: str, ground: Ground) -> list[str]:
    colours = PALETTES[ground]
    marks = [text(0, _HEIGHT + 40, say("pictures.evidence_frequency", language), size=SMALL, fill=colours.dim)]
    for hz in frequency_ticks(plane.edges_hz):
        y = plane.y(hz)
        marks.append(line(_GUTTER - 5, y, _GUTTER, y, stroke=colours.dim))
        marks.append(text(_GUTTER - 9, y + 4, hertz(hz), size=SMALL, anchor="end", fill=colours.dim))
    return marks


def _keys(genre: str, ground: Ground, language: str) -> tuple[Key, ...]:
    return (
        Key(say("pictures.evidence_for", language, genre=genre), FOR, opacity=_OPAQUE),
        Key(say("pictures.evidence_against", language, genre=genre), AGAINST, hatched=True, opacity=_OPAQUE),
        Key(say(f"pictures.sound_{ground}", language), "#8f9598"),
    )
