"""Logits to probabilities that can be trusted: the only place where that is done.

A song's probability is the mean of its windows' logits, divided by the temperature for that many
windows (Guo et al. 2017, "On Calibration of Modern Neural Networks"), softmax over the labels. Tiers, mix
index and prediction set (split conformal, Vovk et al. 2005; score 1 - p as in Sadinle et al. 2019) are
read off these probabilities. Everything fitted comes from the bundle: `Calibration`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError
from genrelens.listening.analysis import Tier

__all__ = [
    "BLEND_TOGETHER",
    "LIKELY_ABOVE",
    "SURE_ABOVE",
    "Calibration",
    "mix_index",
    "not_music_probability",
    "pooled_probabilities",
    "prediction_set",
    "softmax",
    "song_probabilities",
    "tier_of",
    "window_probabilities",
]

SURE_ABOVE: Final = 0.85
"""First probability above which an answer may be used as it is."""
LIKELY_ABOVE: Final = 0.70
"""First probability above which the second and third deserve a look."""
BLEND_TOGETHER: Final = 0.85
"""What the first three must hold together for a mixture with names."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted on the calibrating part of `validation`.

    Attributes:
        temperatures: Number of windows heard -> temperature; the largest key holds for more windows.
        conformal_threshold: Largest 1 - p that a label of the prediction set may have.
        conformal_by_label: The same for single labels, where it was fitted for them.
        calibrated: Whether anything was fitted; without, the probabilities are the network's own and promise nothing.
        not_music_threshold: Probability of not-music above which the answer says so first.
        not_music_temperature: Divides the not-music logit.
        tiers: Tier -> what was measured for it ("precision", "precision_accepted", "share").
    """

    temperatures: Mapping[int, float]
    conformal_threshold: float
    not_music_threshold: float
    not_music_temperature: float
    tiers: Mapping[str, Mapping[str, float]]
    conformal_by_label: Mapping[str, float] = field(default_factory=dict)
    calibrated: bool = True

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """Read the `calibration` of a `bundle.json`.

        Raises:
            BundleError: `BUNDLE_INVALID` where a value is missing or impossible.
        """
        try:
            result = cls(
                temperatures={int(count): float(value) for count, value in values["temperature"].items()},
                conformal_threshold=float(values["conformal"]["threshold"]),
                not_music_threshold=float(values["not_music"]["threshold"]),
                not_music_temperature=float(values["not_music"]["temperature"]),
                tiers=dict(values.get("tiers", {})),
                conformal_by_label={
                    str(label): float(value) for label, value in values["conformal"].get("by_label", {}).items()
                },
                calibrated=bool(values.get("calibrated", True)),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError("BUNDLE_INVALID", f"the calibration cannot be read: {error!r}") from None
        positive = [*result.temperatures.values(), result.not_music_temperature]
        if not result.temperatures or min(positive) <= 0 or not np.all(np.isfinite(positive)):
            raise BundleError("BUNDLE_INVALID", "the calibration needs at least one temperature, all above 0")
        return result

    def temperature(self, windows: int) -> float:
        """The temperature for a song of which `windows` windows were heard."""
        fitting = [count for count in self.temperatures if count <= windows] or [min(self.temperatures)]
        return self.temperatures[max(fitting)]


def song_probabilities(logits: NDArray[np.floating[Any]], calibration: Calibration) -> Floats:
    """Probabilities [labels] of a song from its windows' logits [windows, labels]."""
    return softmax(logits.mean(axis=0, dtype=np.float64) / calibration.temperature(len(logits)))


def pooled_probabilities(logits: NDArray[np.floating[Any]], windows: int, calibration: Calibration) -> Floats:
    """Probabilities [..., labels] from logits [..., labels] that somebody else has pooled over so many windows."""
    return softmax(logits.astype(np.float64) / calibration.temperature(windows))


def window_probabilities(logits: NDArray[np.floating[Any]], calibration: Calibration) -> Floats:
    """Probabilities [windows, labels] of each window heard alone."""
    return softmax(logits.astype(np.float64) / calibration.temperature(1))


def not_music_probability(logits: NDArray[np.floating[Any]], calibration: Calibration) -> float:
    """Probability that a song is not music, from its windows' not-music logits [windows]."""
    return float(1.0 / (1.0 + np.exp(-logits.mean(dtype=np.float64) / calibration.not_music_temperature)))


def mix_index(probabilities: Floats) -> float:
    """`100 (1 - 1 / exp(H))`, H the entropy in nats: 0 for one genre, 50 for two equal ones, 67 for three."""
    positive = probabilities[probabilities > 0]
    entropy = -float(np.sum(positive * np.log(positive)))
    return 100.0 * (1.0 - float(np.exp(-entropy)))


def tier_of(probabilities: Floats, not_music: float | None, calibration: Calibration) -> Tier:
    """The tier of a song: what a person should do with the answer (DESIGN: sure, likely, blend, unsure, not_music)."""
    if not_music is not None and not_music > calibration.not_music_threshold:
        return "not_music"
    ordered = np.sort(probabilities)[::-1]
    if ordered[0] > SURE_ABOVE:
        return "sure"
    if ordered[0] > LIKELY_ABOVE:
        return "likely"
    return "blend" if ordered[:3].sum() >= BLEND_TOGETHER else "unsure"


def prediction_set(probabilities: Floats, labels: Sequence[str], calibration: Calibration) -> tuple[str, ...]:
    """Labels that hold the true one with the promised coverage, the likeliest first; never empty."""
    limits = np.array([calibration.conformal_by_label.get(name, calibration.conformal_threshold) for name in labels])
    order = np.argsort(-probabilities, kind="stable")
    inside = [index for index in order if 1.0 - probabilities[index] <= limits[index]]
    return tuple(labels[index] for index in inside or order[:1])


def softmax(scores: NDArray[np.floating[Any]]) -> Floats:
    """Over the last axis, in float64."""
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result
