"""Whether a song has left one style for another: how far, and where the old style can still be heard.

The verdict goes by the old style's probability: at 40 % or more the bones are still the old ones, below 5 % it is gone.
Between the two the way is measured on the logit, where each halving of the odds is a step of the same length, from the
original's probability (from 40 % where no original is given) to 5 %. A genre can only be gone where it once was: what
the original says of itself is told beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from genrelens.audio.song import Song
from genrelens.audio.windows import SourceInfo
from genrelens.errors import AudioError, UsageError
from genrelens.insight.compare import Version
from genrelens.insight.evidence import Evidence, evidence
from genrelens.insight.evidence_claims import Claim, evidence_claims
from genrelens.insight.timeline import Section, Timeline, timeline
from genrelens.listening.analysis import Analysis, ModelInfo, Tier
from genrelens.listening.bundle import Patch, label_named
from genrelens.listening.model import Model

__all__ = ["DONE_BELOW", "REWORK_FROM", "OldSection", "Register", "StyleCheck", "StyleVerdict", "style_check"]

SCHEMA_VERSION: Final = 1
"""Of `StyleCheck.to_dict()`."""
REWORK_FROM: Final = 0.40
"""Probability of the old style from which its bones are still there."""
DONE_BELOW: Final = 0.05
"""Probability of the old style below which it is gone."""

_REGISTERS: Final = (("low", 0.0, 830.0), ("mid", 830.0, 2_600.0), ("high", 2_600.0, np.inf))
"""Hertz: where the patches of the shipped model meet, so that no patch has to be guessed apart."""
_LOWEST_HZ: Final = 30.0
_STANDS_OUT: Final = 1.2
"""Times its even share from which a register is said to hold the evidence."""
_TINY: Final = 1e-4
_MOST_SECTIONS: Final = 5
"""Of the sections that still sound old, the evidence of so many is looked at: those that do so most."""

StyleVerdict = Literal["rework", "between", "done"]


@dataclass(frozen=True, slots=True)
class Register:
    """What part of the evidence for the old style lies in a register.

    Attributes:
        code: "low" (to 830 Hz), "mid" (to 2.6 kHz) or "high".
        share: 0 to 1 of all that speaks for the old style in the window that was looked at.
        even: The share it would have if the evidence were spread evenly over the map.
    """

    code: str
    share: float
    even: float

    @property
    def stands_out(self) -> bool:
        """Whether clearly more of the evidence lies here than an even spread would put here."""
        return self.share >= _STANDS_OUT * self.even


@dataclass(frozen=True, slots=True)
class OldSection:
    """A section that still sounds like the old style.

    Attributes:
        start_s: In the source, seconds.
        end_s: In the source, seconds.
        old: Probability of the old style in it.
        new: Probability of the new style in it.
        window_s: (start, end) in the source of the window whose evidence was looked at, in seconds.
        registers: Where in the frequencies the evidence for the old style lies; first what most exceeds its even share.
        claims: What is certain about that evidence (band, period, beat), as codes with facts.
    """

    start_s: float
    end_s: float
    old: float
    new: float
    window_s: tuple[float, float]
    registers: tuple[Register, ...]
    claims: tuple[Claim, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "window_s": list(self.window_s), "claims": [claim.to_dict() for claim in self.claims]}


@dataclass(frozen=True, slots=True)
class StyleCheck:
    """How far a song has gone from one style to another.

    Attributes:
        source: What the file says of itself.
        model: Which model answered.
        old: Label of the old style.
        new: Label of the new one.
        old_probability: As in the song's `Analysis`.
        new_probability: As in the song's `Analysis`.
        first: The likeliest label.
        tier: How sure the song's answer is.
        verdict: "rework" (the old style at 40 % or more), "done" (below 5 %) or "between".
        way: 0 to 1, share of the way from the starting point to 5 % on the logit; None where the original never was
            above 5 %, so that there is no way to go.
        started_at: The starting point: the original's probability of the old style, or 0.4 where none was given.
        original: Probabilities of old and new style in the original; None where none was given.
        sections: The sections that still sound old, in the order of the song.
    """

    source: SourceInfo
    model: ModelInfo
    old: str
    new: str
    old_probability: float
    new_probability: float
    first: str
    tier: Tier
    verdict: StyleVerdict
    way: float | None
    started_at: float
    original: tuple[float, float] | None
    sections: tuple[OldSection, ...]

    @property
    def arrived(self) -> bool:
        """Whether the new style is now the likeliest of all."""
        return self.first == self.new

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "schema_version": SCHEMA_VERSION,
            **asdict(self),
            "arrived": self.arrived,
            "original": None if self.original is None else {"old": self.original[0], "new": self.original[1]},
            "sections": [section.to_dict() for section in self.sections],
        }


def style_check(
    model: Model,
    version: Version,
    *,
    old: str,
    new: str,
    original: Analysis | None = None,
    timeline: Timeline | None = None,
    step: Callable[[float], None] | None = None,
) -> StyleCheck:
    """Check a song that is to go from one style to another.

    Args:
        model: That which analysed it.
        version: The song as it is now.
        old: The style to leave: a label of the bundle or another of its names, whatever the case.
        new: The style to reach.
        original: The answer for the song before anybody changed it.
        timeline: Of the same song, where it was taken before.
        step: Told the share that is done, 0 to 1; what it raises ends the check.

    Raises:
        UsageError: `GENRE_UNKNOWN` where the bundle does not have a style, or both are the same.
        AudioError: `AUDIO_SILENT` where there is nothing to hear in the song or in its original.
    """
    leave, reach = (label_named(model.bundle.labels, asked) for asked in (old, new))
    if leave == reach:
        raise UsageError("GENRE_UNKNOWN", f"old and new style are both {leave}", "Name two different styles.")
    now = _probabilities(version.analysis, leave, reach)
    before = None if original is None else _probabilities(original, leave, reach)
    start = REWORK_FROM if before is None else before[0]
    return StyleCheck(
        source=version.analysis.source,
        model=version.analysis.model,
        old=leave,
        new=reach,
        old_probability=now[0],
        new_probability=now[1],
        first=version.analysis.top[0].id,
        tier=version.analysis.tier,
        verdict=_verdict(now[0]),
        way=_way(start, now[0]),
        started_at=start,
        original=before,
        sections=_old_sections(model, version.song, (leave, reach), now[0], timeline, step),
    )


def _probabilities(analysis: Analysis, old: str, new: str) -> tuple[float, float]:
    if not analysis.top:
        raise AudioError("AUDIO_SILENT", f"{analysis.source.name or 'the song'} is silent: it has no style")
    found = {score.id: score.probability for score in analysis.top}
    return found[old], found[new]


def _verdict(old: float) -> StyleVerdict:
    if old >= REWORK_FROM:
        return "rework"
    return "done" if old < DONE_BELOW else "between"


def _way(start: float, now: float) -> float | None:
    if start <= DONE_BELOW:
        return None
    return float(np.clip((_logit(start) - _logit(now)) / (_logit(start) - _logit(DONE_BELOW)), 0.0, 1.0))


def _logit(probability: float) -> float:
    inside = min(max(probability, _TINY), 1 - _TINY)
    return float(np.log(inside / (1 - inside)))


def _old_sections(
    model: Model,
    song: Song,
    styles: tuple[str, str],
    overall: float,
    known: Timeline | None,
    step: Callable[[float], None] | None,
) -> tuple[OldSection, ...]:
    """Those at least half as old as the whole song, in any case those from 40 %, never those below 5 %."""
    old, new = styles
    heard = known or timeline(model, song, step=None if step is None else lambda share: step(0.8 * share))
    least = max(DONE_BELOW, min(REWORK_FROM, overall / 2))
    chances = [(section, _chances(section, old, new)) for section in heard.sections if not section.silent]
    remaining = sorted((pair for pair in chances if pair[1][0] >= least), key=lambda pair: -pair[1][0])
    found = []
    for index, (section, (was, becomes)) in enumerate(remaining[:_MOST_SECTIONS]):
        found.append(_looked_at(model, song, heard, section, old, (was, becomes)))
        if step is not None:
            step(0.8 + 0.2 * (index + 1) / min(len(remaining), _MOST_SECTIONS))
    return tuple(sorted(found, key=lambda section: section.start_s))


def _chances(section: Section, old: str, new: str) -> tuple[float, float]:
    found = {score.id: score.probability for score in section.top}
    return found[old], found[new]


def _looked_at(
    model: Model, song: Song, heard: Timeline, section: Section, old: str, chances: tuple[float, float]
) -> OldSection:
    """The evidence of the window around the second of the section that sounds most like the old style."""
    column = heard.probabilities[:, heard.labels.index(old)]
    first = round((section.start_s - heard.start_s) / heard.step_s)
    last = max(first + 1, round((section.end_s - heard.start_s) / heard.step_s))
    inside = np.nan_to_num(column[first:last], nan=-1.0)
    at = heard.start_s + (first + int(np.argmax(inside)) + 0.5) * heard.step_s if len(inside) else section.start_s
    window_s = model.bundle.window_s
    latest = max(section.start_s, section.end_s - window_s)
    start = min(max(at - window_s / 2, section.start_s), latest, song.end_s - 1e-3)
    seen = evidence(model, song, start_s=max(song.start_s, start), label=old)
    return OldSection(
        start_s=section.start_s,
        end_s=section.end_s,
        old=chances[0],
        new=chances[1],
        window_s=(seen.start_s, seen.end_s),
        registers=_registers(seen),
        claims=evidence_claims(model, song, seen),
    )


def _registers(seen: Evidence) -> tuple[Register, ...]:
    """Shares of the positive evidence; a patch over two registers is dealt by the octaves that lie in each."""
    parts = np.array([[_inside(patch, bottom, top) for _, bottom, top in _REGISTERS] for patch in seen.patches])
    positive = np.maximum(seen.shown, 0.0).astype(np.float64)
    if not positive.any():
        return ()
    shares, evens = positive @ parts / positive.sum(), parts.mean(axis=0)
    found = [
        Register(code, float(share), float(even))
        for (code, _, _), share, even in zip(_REGISTERS, shares, evens, strict=True)
    ]
    return tuple(sorted(found, key=lambda register: -register.share / max(register.even, _TINY)))


def _inside(patch: Patch, bottom: float, top: float) -> float:
    """The share of a patch's octaves that lies in a register."""
    low, high = (float(np.log2(max(hertz, _LOWEST_HZ))) for hertz in (patch.f0_hz, patch.f1_hz + 1.0))
    inside = min(high, float(np.log2(top))) - max(low, float(np.log2(max(bottom, _LOWEST_HZ))))
    return max(0.0, inside) / (high - low) if high > low else 0.0
