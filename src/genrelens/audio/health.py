"""What is wrong with a recording, measured: placeholder to be completed (see the contract below)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["HealthFinding", "Severity"]

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One thing worth knowing about the sound itself.

    Attributes:
        code: Stable upper-case code, for example `CLIPPING`.
        severity: `error`: the answer cannot be trusted; `warning`: it may suffer; `info`: good to know.
        measured: The measured value, in `unit`.
        limit: The limit it was held against, in `unit`.
        unit: "dBFS", "%", "s", "kHz", ...
        advice: What it means and what to do, one sentence or two, by language ("en", "zh").
    """

    code: str
    severity: Severity
    measured: float
    limit: float
    unit: str
    advice: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "code": self.code,
            "severity": self.severity,
            "measured": self.measured,
            "limit": self.limit,
            "unit": self.unit,
            "advice": dict(self.advice),
        }
