"""What is wrong with a recording: the findings, their limits, and when they are raised.

`meter.py` measures the seconds that were listened to; here the numbers of all windows are held against limits. Level
is reported and never judged: the song is normalised before the mel. A finding carries its number, its limit and advice
that a musician can follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from genrelens.audio.health_advice import ADVICE
from genrelens.audio.meter import CANCEL_DB, Reading, band_edge_hz, decibels

__all__ = [
    "SEVERITIES",
    "SILENT_PEAK_DBFS",
    "UNITS",
    "HealthFinding",
    "Severity",
    "find",
    "judge",
    "not_music",
    "worst_first",
]

Severity = Literal["info", "warning", "error"]

SILENT_PEAK_DBFS: Final = -80.0
"""Peak under which a sound counts as silence: -80 dBFS, between 13-bit resolution and the noise of any microphone."""

LOW_PEAK_DBFS: Final = -30.0
"""Peaks under this are worth a word: 16-bit files lose 5 bits, microphone noise is 20 dB nearer than usual."""

TARGET_PEAK_DBFS: Final = -3.0
"""Where the advised gain brings the peaks: the headroom that mp3 and resampling overshoots need."""

CLIP_WARNING_PERCENT: Final = 0.1
"""Share of flat-top samples that is audible as roughness; loud modern masters stay under it."""

CLIP_ERROR_PERCENT: Final = 5.0
"""From here on the distortion is the loudest thing in the song."""

TOO_SHORT_S: Final = 5.0
SHORT_S: Final = 8.0
"""A phrase of music lasts 8 to 16 s; under 5 s not even half a phrase is heard."""

BAND_LIMIT_KHZ: Final = 7.0
"""Telephone wide-band ends at 7 kHz, narrow-band at 3.4; a 64 kbit mp3 still reaches 10 kHz or more."""

DC_PERCENT: Final = 1.0
"""Offset in % of full scale: 1 % is -40 dB, far over what converters and codecs do by themselves."""

MOSTLY_SILENT_PERCENT: Final = 50.0
"""Share of silent tenths of a second: more silence than sound."""

UNITS: Final[Mapping[str, str]] = {
    "SILENT": "dBFS",
    "LOW_LEVEL": "dBFS",
    "CLIPPING": "%",
    "TOO_SHORT": "s",
    "SHORT": "s",
    "BAND_LIMITED": "kHz",
    "DC_OFFSET": "%",
    "MOSTLY_SILENT": "%",
    "REPEATED": "s",
    "TRUNCATED": "s",
    "CORRUPT_PACKETS": "packets",
    "PHASE_CANCELLED": "dB",
    "NON_FINITE": "samples",
    "NOT_MUSIC": "%",
}
"""Of the measured value and its limit, by code."""

SEVERITIES: Final[Mapping[str, int]] = {"error": 0, "warning": 1, "info": 2}
"""Severity -> its place, the worst first."""


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


def find(code: str, severity: Severity, measured: float, limit: float) -> HealthFinding:
    """Make a finding with its unit and its advice from the tables.

    Args:
        code: A key of `ADVICE` and `UNITS`.
        severity: How bad it is.
        measured: The measured value, in the code's unit; rounded to two places.
        limit: The limit it was held against.

    Raises:
        KeyError: The code is not in the tables.
    """
    measured, limit = round(float(measured), 2) + 0.0, round(float(limit), 2) + 0.0
    numbers = {"measured": measured, "limit": limit, "gain": TARGET_PEAK_DBFS - measured}
    words = {name: f"{value:.1f}".removesuffix(".0") for name, value in numbers.items()}
    advice = {language: text.format_map(words) for language, text in ADVICE[code].items()}
    return HealthFinding(code, severity, measured, limit, UNITS[code], advice)


def worst_first(findings: list[HealthFinding]) -> tuple[HealthFinding, ...]:
    """Errors, then warnings, then infos; otherwise in the order given."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES[finding.severity]))


def not_music(probability: float, threshold: float) -> HealthFinding:
    """The finding that listening adds: this is probably not music (both numbers from 0 to 1)."""
    return find("NOT_MUSIC", "warning", probability * 100, threshold * 100)


def judge(readings: Sequence[Reading], duration_s: float, window_s: float) -> list[HealthFinding]:
    """Hold the readings of all windows against the limits.

    Args:
        readings: One for each window that was listened to.
        duration_s: Of the part that was listened to, in seconds.
        window_s: Length of a window, in seconds.
    """
    peak_dbfs = decibels(max((reading.peak for reading in readings), default=0.0))
    findings = _length(duration_s, window_s)
    bad_samples = sum(reading.non_finite for reading in readings)
    if bad_samples:
        findings.append(find("NON_FINITE", "warning", bad_samples, 0))
    if peak_dbfs < SILENT_PEAK_DBFS:
        return [*findings, find("SILENT", "error", max(peak_dbfs, -200.0), SILENT_PEAK_DBFS)]
    sounding = [reading for reading in readings if decibels(reading.peak) >= SILENT_PEAK_DBFS]
    return [*findings, *_level(peak_dbfs), *_silence(readings), *_shape(sounding)]


def _length(duration_s: float, window_s: float) -> list[HealthFinding]:
    found = []
    if duration_s < TOO_SHORT_S:
        found.append(find("TOO_SHORT", "error", duration_s, TOO_SHORT_S))
    elif duration_s < SHORT_S:
        found.append(find("SHORT", "info", duration_s, SHORT_S))
    if duration_s < window_s * 0.999:
        found.append(find("REPEATED", "info", duration_s, window_s))
    return found


def _level(peak_dbfs: float) -> list[HealthFinding]:
    if peak_dbfs >= LOW_PEAK_DBFS:
        return []
    return [find("LOW_LEVEL", "warning", peak_dbfs, LOW_PEAK_DBFS)]


def _silence(readings: Sequence[Reading]) -> list[HealthFinding]:
    percent = 100 * sum(reading.silent_share * reading.samples for reading in readings) / _samples(readings)
    if percent < MOSTLY_SILENT_PERCENT:
        return []
    return [find("MOSTLY_SILENT", "warning", percent, MOSTLY_SILENT_PERCENT)]


def _shape(readings: Sequence[Reading]) -> list[HealthFinding]:
    found = []
    clipped = 100 * sum(reading.clipped_share * reading.samples for reading in readings) / _samples(readings)
    if clipped >= CLIP_WARNING_PERCENT:
        severity: Severity = "error" if clipped >= CLIP_ERROR_PERCENT else "warning"
        found.append(find("CLIPPING", severity, clipped, CLIP_WARNING_PERCENT))
    offset = 100 * max(abs(reading.dc) for reading in readings)
    if offset >= DC_PERCENT:
        found.append(find("DC_OFFSET", "info", offset, DC_PERCENT))
    if any(reading.cancelled for reading in readings):
        found.append(find("PHASE_CANCELLED", "warning", max(reading.mono_loss_db for reading in readings), CANCEL_DB))
    edge_khz = band_edge_hz(readings) / 1000
    if edge_khz < BAND_LIMIT_KHZ:
        found.append(find("BAND_LIMITED", "warning", edge_khz, BAND_LIMIT_KHZ))
    return found


def _samples(readings: Sequence[Reading]) -> int:
    return max(1, sum(reading.samples for reading in readings))
