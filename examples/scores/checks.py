"""What a render must satisfy: level, length, and the tempo and key that its score claims.

The tempo is looked for near the claimed one (a metrical level is a choice, a wrong beat is a fault);
the key is the rank of the claimed one among the twenty-four.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyloudnorm

from examples.scores.mastering import PEAK, RATE, TARGET_LUFS, Stereo
from examples.scores.writing import Piece

__all__ = ["Report", "faults", "key_rank", "measure", "tempo_near"]

DURATION_S: Final = (20.0, 40.0)
TEMPO_TOLERANCE: Final = 0.01
KEY_RANK: Final = 3
"""A relative or neighbouring key may win over a short piece; a distant one may not."""
LOUDNESS_TOLERANCE: Final = 1.0

HOP: Final = 128
PROFILES: Final = {
    "major": (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
    "minor": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    "dorian": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 2.0, 3.5, 4.0, 1.5),
}
"""Temperley's key profiles (1999), tonic first; the Dorian is his minor with a major sixth and a minor seventh."""
TONICS: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured on the decoded file; `tempo_bpm` in the piece's own beats."""

    duration_s: float
    peak: float
    loudness_lufs: float
    tempo_bpm: float
    key_rank: int


def measure(piece: Piece, samples: Stereo) -> Report:
    """Measure a decoded render, samples of shape [n, 2]."""
    import librosa

    mono = librosa.resample(samples.mean(axis=1), orig_sr=RATE, target_sr=RATE // 2)
    return Report(
        duration_s=len(samples) / RATE,
        peak=float(np.abs(samples).max()),
        loudness_lufs=float(pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(np.float64))),
        tempo_bpm=tempo_near(mono, RATE // 2, piece.tempo_bpm),
        key_rank=key_rank(mono, RATE // 2, piece.key),
    )


def faults(piece: Piece, report: Report) -> list[str]:
    """Everything that is wrong with a render, in words; empty when it is good."""
    shortest, longest = DURATION_S
    checks = (
        (shortest <= report.duration_s <= longest, f"lasts {report.duration_s:.1f} s"),
        (report.peak <= PEAK, f"peaks at {report.peak:.3f}"),
        (abs(report.loudness_lufs - TARGET_LUFS) <= LOUDNESS_TOLERANCE, f"has {report.loudness_lufs:.1f} LUFS"),
        (
            abs(report.tempo_bpm / piece.tempo_bpm - 1) <= TEMPO_TOLERANCE,
            f"repeats at {report.tempo_bpm:.1f} BPM, not at {piece.tempo_bpm:g}",
        ),
        (report.key_rank <= KEY_RANK, f"sounds like {report.key_rank - 1} other keys before {piece.key}"),
    )
    return [f"{piece.name} {what}" for good, what in checks if not good]


def tempo_near(mono: npt.NDArray[np.float32], rate: int, expected_bpm: float) -> float:
    """The tempo within 8 % of `expected_bpm` at which the onsets repeat best, in beats a minute.

    The autocorrelation of the onset strength is summed at one to sixteen beats: the long lags make it exact.
    """
    import librosa

    onsets = librosa.onset.onset_strength(y=mono, sr=rate, hop_length=HOP)
    onsets = onsets - onsets.mean()
    similar = librosa.autocorrelate(onsets)
    # Fewer frames overlap at long lags: without this the short lags would weigh more.
    similar = similar / np.maximum(1, len(onsets) - np.arange(len(similar)))
    tempi = expected_bpm * np.linspace(0.92, 1.08, 1601)
    lags = 60 / tempi[:, None] * np.arange(1, 17) * rate / HOP
    score = np.interp(lags, np.arange(len(similar)), similar).sum(axis=1)
    return float(tempi[int(np.argmax(score))])


def key_rank(mono: npt.NDArray[np.float32], rate: int, key: str) -> int:
    """Rank (1 is best) of a key such as "A minor" among all major and minor ones, by correlation with their profiles.

    For a piece in another mode that mode's twelve join the comparison.
    """
    import librosa

    chroma = librosa.feature.chroma_cqt(y=librosa.effects.harmonic(mono), sr=rate).mean(axis=1)
    modes = {"major", "minor", key.split()[1]}
    fits = {
        f"{tonic} {mode}": float(np.corrcoef(np.roll(PROFILES[mode], index), chroma)[0, 1])
        for index, tonic in enumerate(TONICS)
        for mode in sorted(modes)
    }
    return sorted(fits, key=fits.__getitem__, reverse=True).index(key) + 1
