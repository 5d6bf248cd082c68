"""What may be said about a map of evidence in a sentence or two, and only what is true.

A map of four bands and steps of 0.3 s shows neither a riff nor a rhythm, the sound alone does not show what the model
goes by. So a claim is first *read* off the two together: the spectrogram weighted by the positive evidence gives a band
of frequencies, what begins in that band a period and its place between the beats. Then it is *tried* on the model:
the sound without the band must lose more of the genre than the band by itself, the sound without the band's
off-beats more than that without its beats. What fails is not said; only a very plain repetition is said untried.
Sentences are in `words/*/evidence.yaml`, thresholds are from `benchmarks/evidence_claims.py`, seeds under 2100.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.listening.frontend import MelSpec, level_gain, log_mel
from genrelens.listening.model import Model

if TYPE_CHECKING:
    from genrelens.insight.evidence import Evidence

__all__ = ["Claim", "evidence_claims"]

MOST: Final = 0.7
"""Share of the weighted spectrogram that a band must hold to be named."""
WIDEST_OCTAVES: Final = 3.2
"""A wider band says nothing."""
REPEATS: Final = 0.7
"""Autocorrelation of what begins in the band, from which it repeats."""
REPEATS_ALONE: Final = 0.8
"""The same, where no band can be named that the model has been tried on."""
PERIOD_S: Final = (0.2, 2.0)
"""Between these a repetition is heard as a rhythm."""
NEAR: Final = 0.14
"""How far from a place between two beats an onset may lie, in beats."""
LEANS: Final = 0.62
"""Share of what begins in the band that must lie on the beats, or on the off-beats."""
TRIED: Final = 1.3
"""How many times more the one removal must cost than the other, in the trial of a rhythm."""
HOLDS: Final = 0.2
"""In the trial of a band: how much more it must keep than all else does, as a share of what the two lose together."""
COSTS: Final = 0.25
"""What the sound must lose at least without it, in units of the logit."""
BEAT_S: Final = (0.36, 0.75)
"""Off-beats are spoken of for beats as long as these: between slower ones lie beats that others would count."""
BESIDE_S: Final = 10.0
"""Sound before and after the window from which its beats are found."""

_FRAME_S: Final = 0.01
_SPARSE: Final = 17
_MELS: Final = 64
_EDGE: Final = 0.06
"""Width of a filter's slope, in octaves."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence's code (`evidence.claim_<code>`) and its facts: hertz and seconds."""

    code: str
    facts: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"code": self.code, "facts": dict(self.facts)}


def evidence_claims(
    model: Model, song: Song, found: Evidence, *, beats_s: Sequence[float] | None = None
) -> tuple[Claim, ...]:
    """At most two claims about a map; none where nothing certain can be said.

    Args:
        model: The one that the evidence is from.
        song: Of which the window is a part.
        found: The evidence.
        beats_s: Beats in seconds of the source, where they are known; found around the window when left out.
    """
    part = song.part(found.start_s, found.end_s)
    if found.end_s - found.start_s < model.bundle.window_s / 2 or found.shown.max() <= 0:
        return ()
    # One sample in a few knows the song's level well enough.
    level = replace(song, samples=song.samples[:, ::_SPARSE]).mono()
    window = part.mono() * np.float32(level_gain(level))
    seen = _Seen.of(window, song.sample_rate, found)
    band = seen.band()
    onsets = seen.onsets(band)
    beats = np.asarray(_beats(song, found) if beats_s is None else beats_s) - found.start_s
    trial = _Trial(model, found.label, window, song.sample_rate, band)
    return tuple(_said(band, _period(onsets), _place(onsets, beats), trial, beats))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The window's spectrogram, fine in time, and the positive evidence on the same grid, both [mels, frames]."""

    power: Floats
    weight: Floats
    edges_hz: Floats

    @classmethod
    def of(cls, window: NDArray[np.float32], rate: int, found: Evidence) -> _Seen:
        n_fft = 1 << round(np.log2(0.046 * rate))
        spec = MelSpec(
            sample_rate=rate, n_fft=n_fft, win_length=n_fft, hop=round(_FRAME_S * rate), mels=_MELS, fmin=30.0,
            fmax=min(15_000.0, rate / 2), formula="htk", log_floor=1e-8,
        )  # fmt: skip
        power = np.exp(log_mel(window[None], spec)[0].astype(np.float64))
        edges = spec.band_edges_hz()
        centres, times = edges[1:-1], np.arange(power.shape[1]) * _FRAME_S
        weight = np.zeros_like(power)
        for patch, shown in zip(found.patches, found.shown, strict=True):
            rows = slice(*np.searchsorted(centres, [patch.f0_hz, patch.f1_hz]))
            columns = slice(*np.searchsorted(times, [patch.t0_s, patch.t1_s]))
            weight[rows, columns] = max(0.0, float(shown))
        return cls(power, weight, (edges[1:] + edges[:-1]) / 2)

    def band(self) -> tuple[float, float] | None:
        """The narrowest band, in hertz, that holds most of the weighted sound; None where it is too wide."""
        loud = (self.weight * np.sqrt(self.power)).sum(axis=1)
        total = np.concatenate([[0.0], np.cumsum(loud)])
        if total[-1] <= 0:
            return None
        wanted = MOST * total[-1]
        best: tuple[float, float, float] | None = None
        for first in range(_MELS):
            last = int(np.searchsorted(total, total[first] + wanted))
            if last > _MELS:
                break
            low, high = float(self.edges_hz[first]), float(self.edges_hz[last])
            octaves = float(np.log2(high / low))
            if best is None or octaves < best[0]:
                best = (octaves, low, high)
        return None if best is None or best[0] > WIDEST_OCTAVES else (best[1], best[2])

    def onsets(self, band: tuple[float, float] | None) -> Floats:
        """How much begins when, float64 [frames]: rises of the log spectrum, weighted by evidence, in the band."""
        levels = np.log(self.power + 1e-4 * self.power.max())
        rise = np.zeros_like(levels)
        rise[:, 2:] = np.maximum(0, levels[:, 2:] - levels[:, :-2])
        rows = slice(None) if band is None else slice(*np.searchsorted(self.edges_hz[:-1], band))
        curve: Floats = (rise * self.weight)[rows].sum(axis=0)
        if not curve.any():
            return curve
        smooth = np.convolve(curve, np.hanning(7) / np.hanning(7).sum(), mode="same")
        local = np.convolve(smooth, np.full(51, 1 / 51), mode="same")
        risen: Floats = np.maximum(0, smooth - local)
        return risen


class _Trial:
    """What the genre loses against the others when something is taken out of the sound, or all else is."""

    def __init__(
        self,
        model: Model,
        label: str,
        window: NDArray[np.float32],
        rate: int,
        band: tuple[float, float] | None,
    ) -> None:
        self._model, self._rate, self._label = model, rate, model.bundle.labels.index(label)
        self._size = round(model.bundle.window_s * rate)
        self._window = window
        self._part = window if band is None else _filtered(window, rate, band)

    def band(self) -> bool:
        """Whether the sound loses clearly more without the band than without all else."""
        whole, without, alone = self._margins(self._window, self._window - self._part, self._part)
        lost, other = whole - without, whole - alone
        return lost >= COSTS and lost - other >= HOLDS * (abs(lost) + abs(other))

    def places(self, beats: Floats) -> tuple[float, float]:
        """What is lost without the band's sound around the beats, and without that between them."""
        times = np.arange(len(self._window)) / self._rate
        phase = np.interp(times, beats, np.arange(len(beats)), left=np.nan, right=np.nan) % 1.0
        on = _dip(np.minimum(phase, 1 - phase))
        off = _dip(np.abs(phase - 0.5))
        whole, at_beats, between = self._margins(
            self._window, self._window - self._part * on, self._window - self._part * off
        )
        return whole - at_beats, whole - between

    def _margins(self, *sounds: NDArray[np.float32]) -> list[float]:
        windows = np.stack([np.resize(sound, self._size) for sound in sounds]).astype(np.float32)
        logits = self._model.hear_windows(windows, self._rate).logits.astype(np.float64)
        own = logits[:, self._label]
        return [float(margin) for margin in own - np.delete(logits, self._label, axis=1).mean(axis=1)]


def _filtered(window: NDArray[np.float32], rate: int, band: tuple[float, float]) -> NDArray[np.float32]:
    """The band of a sound, without delay, its slopes a fraction of an octave wide."""
    spectrum = np.fft.rfft(window)
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) * rate / len(window), 1e-3))
    low, high = np.log2(band[0]), np.log2(band[1])
    gain = np.clip((octaves - low) / _EDGE + 0.5, 0, 1) * np.clip((high - octaves) / _EDGE + 0.5, 0, 1)
    result: NDArray[np.float32] = np.fft.irfft(spectrum * gain, len(window)).astype(np.float32)
    return result


def _dip(distance: Floats) -> NDArray[np.float32]:
    """1 near a place, 0 from a quarter of a beat away on; 0 where there are no beats."""
    gain = np.clip((0.25 - distance) / 0.08, 0, 1)
    return np.nan_to_num(gain, nan=0.0).astype(np.float32)


def _beats(song: Song, found: Evidence) -> Sequence[float]:
    from genrelens.insight.rhythm import rhythm_of

    return rhythm_of(song.part(found.start_s - BESIDE_S, found.end_s + BESIDE_S)).beats_s


def _period(onsets: Floats) -> tuple[float, float] | None:
    """After how many seconds what begins comes again, and how alike it is then, by autocorrelation."""
    if not onsets.any():
        return None
    centred = onsets - onsets.mean()
    spectrum = np.abs(np.fft.rfft(centred, 2 * len(centred))) ** 2
    raw = np.fft.irfft(spectrum)[: len(centred)]
    lags = np.arange(len(centred))
    like = raw / raw[0] * len(centred) / np.maximum(len(centred) - lags, 1)
    first, last = (round(limit / _FRAME_S) for limit in PERIOD_S)
    last = min(last, len(like) // 3)
    peaks = [
        lag for lag in range(first, last) if like[lag] >= REPEATS and like[lag] == like[max(1, lag - 8) : lag + 9].max()
    ]
    if not peaks:
        return None
    clear = [lag for lag in peaks if like[lag] >= 0.85 * max(like[peak] for peak in peaks)]
    return _between(like, clear[0]) * _FRAME_S, float(like[clear[0]])


def _between(curve: Floats, peak: int) -> float:
    """A peak's place between the samples, by a parabola through three of them."""
    left, middle, right = curve[peak - 1 : peak + 2]
    bend = left - 2 * middle + right
    return peak if bend >= 0 else peak + float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def _place(onsets: Floats, beats: Floats) -> str | None:
    """Where most of what begins lies: `beat`, `off_beat`, or nowhere in particular."""
    times = np.arange(len(onsets)) * _FRAME_S
    inside = beats[(beats >= -1) & (beats <= times[-1] + 1)]
    if len(inside) < 6:
        return None
    counted = (times >= inside[0]) & (times <= inside[-1])
    phase = np.interp(times[counted], inside, np.arange(len(inside))) % 1.0
    weight = onsets[counted]
    if weight.sum() <= 0:
        return None
    on = weight[np.minimum(phase, 1 - phase) <= NEAR].sum() / weight.sum()
    off = weight[np.abs(phase - 0.5) <= NEAR].sum() / weight.sum()
    if off >= LEANS:
        return "off_beat"
    return "beat" if on >= LEANS else None


def _said(
    band: tuple[float, float] | None,
    period: tuple[float, float] | None,
    place: str | None,
    trial: _Trial,
    beats: Floats,
) -> list[Claim]:
    holds = band is not None and trial.band()
    if place is not None:
        at_beats, between = trial.places(beats)
        lost, other = (between, at_beats) if place == "off_beat" else (at_beats, between)
        place = place if lost >= COSTS and lost > TRIED * other else None
    facts = {"low_hz": _round(band[0]), "high_hz": _round(band[1])} if holds and band is not None else {}
    claims = []
    if facts and period is not None:
        code = "band_period_beat" if place == "beat" else "band_period"
        claims.append(Claim(code, {**facts, "period_s": round(period[0], 2)}))
    elif facts:
        claims.append(Claim("band", facts))
    elif period is not None and period[1] >= REPEATS_ALONE:
        claims.append(Claim("period", {"period_s": round(period[0], 2)}))
    if place == "off_beat" and BEAT_S[0] <= float(np.median(np.diff(beats))) <= BEAT_S[1]:
        claims.append(Claim("off_beat", {}))
    return claims


def _round(hertz: float) -> float:
    """Two digits: a map does not know more."""
    step = 10 ** (np.floor(np.log10(hertz)) - 1)
    return float(round(hertz / step) * step)
