"""Genre over a whole song: second by second, and as sections with a name each.

Windows of 10 s that overlap are heard along the song. Every second gets the mean of what the patches at that second
say, over all windows that cover it; the sections are found where the embedding changes (`insight/sections.py`), and
each is named by the windows that lie inside it, as `analyze` names a part. Probabilities come from
`listening/certainty.py` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.audio.windows import SourceInfo
from genrelens.listening.along import Along, hear_along, overlapping_starts
from genrelens.listening.analysis import GenreScore, ModelInfo, Tier
from genrelens.listening.model import Model

__all__ = ["HOP_S", "SCHEMA_VERSION", "Section", "Timeline", "timeline"]

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
