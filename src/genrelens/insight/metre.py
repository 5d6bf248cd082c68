"""What speaks for so many beats a bar: how accents, bass and harmony repeat along the beats.

Why it exists: a bar line is where bass, harmony and drums agree. For beats that lie a given distance apart this module
measures how alike what happens is to itself two to seven beats later, and how far one beat in so many stands out
(Gouyon & Dixon 2005 review the family). It gives numbers, not verdicts: `rhythm` weighs them for all tempi at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.insight.onsets import FRAMES_PER_S, HARMONY_PER_S, Onsets

__all__ = ["METRES", "SIGNALS", "accents", "bar_starts", "metre_features", "pulse_features"]

METRES: Final = (2, 3, 4, 5, 6, 7)
"""Beats a bar that are told apart."""
SIGNALS: Final = ("low", "middle", "high", "bass", "chroma", "all", "pattern")
"""What is followed from beat to beat; "all" adds those before it, "pattern" compares whole beats."""

_MAX_LAG: Final = 14
_REACH: Final = 5
"""Frames around a place in which its onset is looked for: 25 ms to either side."""
_PLACES: Final = (0.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75)
_SHRINK: Final = 4.0

Doubles = NDArray[np.float64]


def accents(onsets: Onsets, beats: Doubles) -> tuple[Doubles, Doubles]:
    """What happens at and inside each beat.

    Args:
        onsets: Of the sound.
        beats: Frames of the beats, float64 [n + 1].

    Returns:
        float64 [3, n, 6], low, middle and high onsets at six places of the beat; float64 [2, n], how much bass and
        chroma change where the beat begins.
    """
    from scipy.ndimage import maximum_filter1d

    peaks = maximum_filter1d(onsets.bands, _REACH, axis=1)
    length = np.diff(beats)
    places = beats[:-1, None] + length[:, None] * np.array(_PLACES)
    index = np.clip(np.round(places).astype(np.int64), 0, peaks.shape[1] - 1)
    changes = np.stack([_change(sound, beats) for sound in (onsets.bass, onsets.chroma)])
    return peaks[:, index].astype(np.float64), changes


def _change(sound: NDArray[np.float32], beats: Doubles) -> Doubles:
    """One minus the cosine between the mean of a beat and the mean of the beat before, float64 [n]."""
    scale = HARMONY_PER_S / FRAMES_PER_S
    edges = np.clip(np.round(beats * scale), 0, len(sound)).astype(np.int64)
    summed = np.concatenate([np.zeros((1, sound.shape[1])), np.cumsum(sound, axis=0, dtype=np.float64)])
    means = summed[np.maximum(edges[1:], edges[:-1] + 1).clip(max=len(sound))] - summed[edges[:-1]]
    means /= np.linalg.norm(means, axis=1, keepdims=True) + 1e-9
    alike = np.sum(means[1:] * means[:-1], axis=1)
    return np.concatenate([[0.0], 1 - alike])


def pulse_features(places: Doubles, changes: Doubles) -> dict[str, float]:
    """How far the beats stand out from what lies between them.

    Args:
        places: What `accents` says of onsets.
        changes: And of harmony.
    """
    low, rest = places[0].mean(axis=0), places[1:].mean(axis=(0, 1))
    whole = places.sum(axis=0).mean(axis=0)
    return {
        "on": float(np.log1p(whole[0])),
        "half": float(np.log1p(whole[3])),
        "quarter": float(np.log1p((whole[1] + whole[5]) / 2)),
        "third": float(np.log1p((whole[2] + whole[4]) / 2)),
        "low on": float(np.log1p(low[0])),
        "low half": float(np.log1p(low[3])),
        "rest on": float(np.log1p(rest[0])),
        "rest half": float(np.log1p(rest[3])),
        "bass change": float(changes[0].mean()),
        "chroma change": float(changes[1].mean()),
        "filled": float((places[:, :, 0].sum(axis=0) > 0.5).mean()),
    }


def _signals(places: Doubles, changes: Doubles) -> Doubles:
    """The six scalar signals along the beats, float64 [6, n], each of mean 0 and standard deviation 1."""
    raw = np.concatenate([np.log1p(places[:, :, 0]), np.sqrt(np.maximum(changes, 0))])
    normal = _standard(raw)
    return np.concatenate([normal, _standard(normal.sum(axis=0, keepdims=True))])


def _standard(values: Doubles) -> Doubles:
    centred = values - values.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + 1e-6))


def _alike(vectors: Doubles) -> Doubles:
    """Mean product of each beat with the beat a lag later, float64 [`_MAX_LAG` + 1]; drawn to 0 where few are left."""
    count = len(vectors)
    out = np.zeros(_MAX_LAG + 1)
    for lag in range(min(_MAX_LAG, count - 2) + 1):
        out[lag] = np.sum(vectors[: count - lag] * vectors[lag:]) / (count - lag + _SHRINK)
    return out / max(out[0], 1e-6)


def metre_features(places: Doubles, changes: Doubles) -> Doubles:
    """What speaks for each metre, float64 [metres, signals, 4].

    The four: how alike beats are a bar (or several) later, against all distances; the same for half a bar, against a
    bar, where the bar can be halved; for two bars against one; and how far the best beat of the bar stands out.
    """
    signals = _signals(places, changes)
    patterns = _standard(np.log1p(places).transpose(0, 2, 1).reshape(-1, places.shape[1])).T / np.sqrt(18)
    follow = [_alike(signal[:, None]) for signal in signals] + [_alike(patterns)]
    out = np.zeros((len(METRES), len(SIGNALS), 4))
    for row, metre in enumerate(METRES):
        for column, alike in enumerate(follow):
            out[row, column, :3] = _comb(alike, metre)
        for column, signal in enumerate(signals):
            out[row, column, 3] = _stands_out(signal, metre)
        out[row, -1, 3] = _profile_depth(signals, metre)
    return out


def _comb(alike: Doubles, metre: int) -> tuple[float, float, float]:
    lags = np.arange(1, _MAX_LAG + 1)
    others = alike[lags[lags % metre != 0]]
    whole = alike[lags[lags % metre == 0]]
    halves = alike[metre] - alike[metre // 2] if metre % 2 == 0 else 0.0
    doubles = alike[2 * metre] - alike[metre]
    return float(whole.mean() - others.mean()), float(halves), float(doubles)


def _means(signal: Doubles, metre: int) -> Doubles:
    count = len(signal) // metre * metre
    return np.asarray(signal[:count].reshape(-1, metre).mean(axis=0)) if count else np.zeros(metre)


def _stands_out(signal: Doubles, metre: int) -> float:
    """The best place of the bar above the mean of the others, less what chance gives, in standard errors / 10."""
    means = _means(signal, metre)
    bars = max(1, len(signal) // metre)
    rest = (means.sum() - means.max()) / (metre - 1)
    chance = np.sqrt(2 * np.log(metre) / bars)
    return float((means.max() - rest - chance) * min(1.0, np.sqrt(bars) / 4))


def _profile_depth(signals: Doubles, metre: int) -> float:
    """How much of all signals' variance the place in the bar explains, less what chance gives."""
    count = signals.shape[1] // metre
    if count < 2:
        return 0.0
    means = np.stack([_means(signal, metre) for signal in signals])
    explained = float(means.var(axis=1).mean())
    return explained - (1 - explained) * (metre - 1) / (count * metre - metre + 1) * 1.0


def bar_starts(places: Doubles, changes: Doubles, metre: int) -> tuple[int, float]:
    """The beat on which the first whole bar begins, and how far it stands out from the next best, 0 and more."""
    low, middle, high, bass, chroma, _ = _signals(places, changes)
    means = _means(1.5 * low + 0.5 * middle + 0.5 * high + 1.5 * bass + chroma, metre)
    order = np.argsort(-means)
    return int(order[0]), float(means[order[0]] - means[order[1]])
