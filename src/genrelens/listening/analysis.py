"""`Analysis`: everything that is known about one song, as one frozen value that everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.health import HealthFinding
from genrelens.audio.windows import SourceInfo
from genrelens.listening.tags import HeardTag

__all__ = ["SCHEMA_VERSION", "Analysis", "GenreScore", "ModelInfo", "Tier", "WindowScores"]

SCHEMA_VERSION: Final = 1
"""Of `Analysis.to_dict()`; raised when a key changes its meaning or goes."""

Tier = Literal["sure", "likely", "blend", "unsure", "not_music"]


@dataclass(frozen=True, slots=True)
class GenreScore:
    """A label of the bundle and its probability, 0 to 1, calibrated where the model was."""

    id: str
    probability: float


@dataclass(frozen=True, slots=True)
class WindowScores:
    """The probabilities of one window alone: `start_s` in the source, label -> probability."""

    start_s: float
    probabilities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answered: bundle name, version, the SHA-256 of its ONNX file, and whether it was calibrated.

    Probabilities, tier and prediction set of a model that was not calibrated are the network's own and promise nothing.
    """

    name: str
    version: str
    sha256: str
    calibrated: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The answer for one song.

    Attributes:
        source: What the file says of itself.
        listened: (start_s, end_s) of each part that was heard, seconds.
        top: All labels of the bundle with their probabilities, descending, summing to 1; empty for silence.
        not_music: Probability that this is not music, 0 to 1; None where the bundle does not answer that.
        tier: `sure`, `likely`, `blend`, `unsure` or `not_music` (`certainty.py` says when).
        mix_index: 100 (1 - 1 / exp(entropy)): 0 for one genre, 50 for two equal ones.
        prediction_set: Labels that hold the true one with 90 % probability (split conformal).
        health: Findings about the sound, the worst first.
        windows: The probabilities of every window.
        embedding: float32 [d], mean over the windows; None where the bundle has none.
        model: Which model answered.
        timing_ms: `decode`, `features`, `model`, `rest`, milliseconds.
        tags: Instruments and voices that are surely there, the surest first; what is not named may be there, too.
    """

    source: SourceInfo
    listened: tuple[tuple[float, float], ...]
    top: tuple[GenreScore, ...]
    not_music: float | None
    tier: Tier
    mix_index: float
    prediction_set: tuple[str, ...]
    health: tuple[HealthFinding, ...]
    windows: tuple[WindowScores, ...]
    embedding: NDArray[np.float32] | None
    model: ModelInfo
    timing_ms: Mapping[str, float]
    tags: tuple[HeardTag, ...] = ()

    @property
    def top5(self) -> tuple[GenreScore, ...]:
        """The first five of `top`."""
        return self.top[:5]

    def to_dict(self, *, embedding: bool = False) -> dict[str, Any]:
        """Plain JSON with stable keys; the embedding only when asked for."""
        result: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "source": asdict(self.source),
            "listened": [list(span) for span in self.listened],
            "top": [asdict(score) for score in self.top],
            "not_music": self.not_music,
            "tier": self.tier,
            "mix_index": self.mix_index,
            "prediction_set": list(self.prediction_set),
            "health": [finding.to_dict() for finding in self.health],
            "windows": [{"start_s": w.start_s, "probabilities": dict(w.probabilities)} for w in self.windows],
            "model": asdict(self.model),
            "timing_ms": dict(self.timing_ms),
            "tags": [{"id": tag.id, "precision": tag.precision} for tag in self.tags],
        }
        if embedding:
            result["embedding"] = None if self.embedding is None else self.embedding.tolist()
        return result
