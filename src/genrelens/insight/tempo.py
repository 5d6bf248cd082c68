"""Beat periods that a sound may have, and the beats of one of them.

Why it exists: a rhythm has more than one regular pulse. `candidates` lists the periods at which onsets repeat
(autocorrelation over windows, so that a tempo that wanders is still one tempo); `track` then lays beats along the
onsets for one period, by dynamic programming (Ellis 2007, "Beat Tracking by Dynamic Programming"), which follows
a tempo that drifts. Which of the periods is the beat is decided in `rhythm`, together with the metre.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.insight.onsets import FRAMES_PER_S

__all__ = ["MAX_BPM", "MIN_BPM", "candidates", "repetition", "strongest_near", "track"]

MIN_BPM, MAX_BPM = 52.0, 208.0
"""Beats outside are not looked for."""

_WINDOW_S, _HOP_S = 12.0, 6.0
_MAX_LAG_S: Final = 5.0
_TOLERANCE: Final = 0.03
"""How far from a multiple of the period its repetition may lie."""
_COMB: Final = (1.0, 0.7, 0.4, 0.5)
"""What the first to fourth multiple of a period count."""
_PEAKS: Final = 6
_RELATED: Final = (0.5, 2.0, 3.0, 1 / 3, 1.5, 2 / 3)
_SAME: Final = 0.04
_TIGHTNESS: Final = 120.0
"""Cost of a beat that comes early or late, against onsets of standard deviation 1: Ellis' alpha."""

Floats = NDArray[np.float32]


def repetition(strength: Floats) -> Floats:
    """How alike the onsets are to themselves a lag later, float32 [lags]: 1 at lag 0, lags in frames.

    Averaged over windows of twelve seconds; the mean is taken away, so noise lies near 0.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    window = min(len(strength), round(_WINDOW_S * FRAMES_PER_S))
    hop = round(_HOP_S * FRAMES_PER_S)
    lags = round(_MAX_LAG_S * FRAMES_PER_S)
    starts = list(range(0, max(1, len(strength) - window + 1), hop))
    views = np.stack([strength[start : start + window] for start in starts])
    views = views - views.mean(axis=1, keepdims=True)
    size = next_fast_len(window + lags, real=True)
    power = np.abs(rfft(views, size, axis=1)) ** 2
    found = irfft(power.mean(axis=0), size)[:lags]
    fair = found * window / np.maximum(window - np.arange(lags), window / 4)
    return np.asarray(fair / max(float(fair[0]), 1e-9), np.float32)


def strongest_near(values: Floats, lag: float) -> float:
    """The highest value within 3 % of a lag in frames (one frame at least); 0 beyond the end."""
    reach = max(1.0, _TOLERANCE * lag)
    first, last = round(lag - reach), round(lag + reach) + 1
    return float(values[max(1, first) : last].max()) if first < len(values) else 0.0


def candidates(repeated: Floats) -> list[float]:
    """Beat periods in frames, the best comb of repetitions first, with their halves, doubles and thirds.

    Args:
        repeated: What `repetition` says.
    """
    shortest, longest = 60 * FRAMES_PER_S / MAX_BPM, 60 * FRAMES_PER_S / MIN_BPM
    periods = np.exp(np.arange(np.log(shortest), np.log(longest), 0.01))
    combs = np.array(
        [
            sum(weight * strongest_near(repeated, period * (index + 1)) for index, weight in enumerate(_COMB))
            for period in periods
        ]
    )
    peaks = [i for i in range(len(combs)) if combs[i] == combs[max(0, i - 3) : i + 4].max()]
    peaks = sorted(peaks, key=lambda i: -combs[i])[:_PEAKS]
    best = [_centred(repeated, float(periods[i])) for i in peaks]
    wanted = best + [period * ratio for period in best[:3] for ratio in _RELATED]
    kept: list[float] = []
    for period in wanted:
        if shortest <= period <= longest and all(abs(period / other - 1) > _SAME for other in kept):
            kept.append(period)
    return kept


def _centred(repeated: Floats, period: float) -> float:
    """The period moved to the summit that lies nearest."""
    reach = max(1, round(_TOLERANCE * period))
    first = max(1, round(period) - reach)
    summit = first + int(np.argmax(repeated[first : round(period) + reach + 1]))
    return float(summit)


def track(strength: Floats, period: float) -> NDArray[np.float64]:
    """Beats, in frames: the sequence that meets the strongest onsets at about this distance from each other.

    Predecessors lie half a period back at least, so frames are decided in blocks of that length at once.

    Args:
        strength: float32 [frames], standard deviation 1.
        period: Frames.

    Returns:
        float64 [beats]; empty where fewer than two fit.
    """
    from scipy.ndimage import gaussian_filter1d

    if len(strength) < 2 * period:
        return np.empty(0)
    local = gaussian_filter1d(strength, period / 32)
    local = local / max(float(local.std()), 1e-9)
    near, far = max(1, round(period / 2)), round(2 * period)
    lags = np.arange(near, far + 1)
    cost = (-_TIGHTNESS * np.log(lags / period) ** 2).astype(np.float32)
    total = np.concatenate([np.zeros(far, np.float32), local.astype(np.float32)])
    before = np.full(len(total), -1, np.int64)
    for first in range(far, len(total), near):
        frames = np.arange(first, min(first + near, len(total)))
        reached = total[frames[:, None] - lags] + cost
        best = reached.argmax(axis=1)
        gain = reached[np.arange(len(frames)), best]
        total[frames] += np.maximum(gain, 0)
        before[frames] = np.where(gain > 0, frames - lags[best], -1)
    return _back(total, before, far, period)


def _back(total: Floats, before: NDArray[np.int64], far: int, period: float) -> NDArray[np.float64]:
    """The best end within the last one and a half periods, and what led to it."""
    last = max(far, len(total) - round(1.5 * period))
    now = last + int(np.argmax(total[last:]))
    beats = []
    while now >= far:
        beats.append(now - far)
        now = int(before[now])
    return np.array(beats[::-1], np.float64)
