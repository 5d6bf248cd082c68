"""One answer as text for a terminal, in English or Chinese. The sentences are those of the page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from genrelens.audio.health import HealthFinding
from genrelens.audio.sources import safe_name
from genrelens.errors import GenreLensError
from genrelens.listening.analysis import Analysis, GenreScore
from genrelens.sentences.answer import fusion_text, tags_text, verdict_text
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, catalogue, say
from genrelens.words.forms import clock, percent

__all__ = ["Report", "language_of"]

_BAR_CELLS = 24
_WIDE = range(0x2E80, 0xFFE7)
"""Characters that take two cells of a terminal (CJK and full-width forms)."""


def language_of(asked: str | None) -> str:
    """The language to write in: the one asked for, else the system's where it is here, else English."""
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return asked or next((language for language in LANGUAGES if system.lower().startswith(language)), LANGUAGES[0])


class Report:
    """Writes answers to stdout and errors to stderr, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._colon = "：" if language == "zh" else ": "

    def write(self, path: Path, answer: Analysis | GenreLensError) -> None:
        """One file's answer, or what went wrong with it."""
        name = safe_name(str(path)) or "?"
        if isinstance(answer, GenreLensError):
            typer.echo(f"{name}\n  {self._error(answer)}\n", err=True)
            return
        lines = [f"{name}  {self._facts(answer)}", f"  {self._tier(answer)}"]
        if fusion := fusion_text(answer, self.language):
            lines.append(f"  {fusion}")
        if answer.top and not answer.model.calibrated:
            lines.append(f"  {say('verdict.uncalibrated', self.language)}")
        lines += self._bars(answer.top5)
        if tags := tags_text(answer, self.language):
            lines.append(f"  {tags}")
        lines.append(f"  {say('heard.title', self.language)}{self._colon}{self._heard(answer)}")
        lines += [self._finding(finding) for finding in answer.health]
        typer.echo("\n".join(lines) + "\n")

    def summary(self, files: int, failed: int) -> None:
        """How many were answered, on stderr."""
        words = "{} 个文件，{} 个有答案，{} 个失败" if self.language == "zh" else "{} files: {} answered, {} failed"
        typer.echo(words.format(files, files - failed, failed), err=True)

    def _error(self, error: GenreLensError) -> str:
        known = f"errors.{error.code}.todo" in catalogue(self.language) and self.language != "en"
        todo = say(f"errors.{error.code}.todo", self.language) if known else error.hint
        return f"{error.code}: {error.message}\n  {todo}"

    def _facts(self, analysis: Analysis) -> str:
        source = analysis.source
        channels = {1: say("facts.mono", self.language), 2: say("facts.stereo", self.language)}.get(
            source.channels, say("facts.channels", self.language, count=source.channels)
        )
        rate = f"{source.sample_rate / 1000:g}"
        form = say("facts.format_text", self.language, codec=source.codec, rate=rate, channels=channels)
        return f"{clock(source.duration_s)}, {form}"

    def _tier(self, analysis: Analysis) -> str:
        kind = analysis.tier if analysis.top else "silent"
        return f"{say(f'verdict.{kind}', self.language)}{self._colon}{verdict_text(analysis, self.language)}"

    def _bars(self, scores: Sequence[GenreScore]) -> list[str]:
        names = [display_name(score.id, self.language) for score in scores]
        widths = [sum(2 if ord(character) in _WIDE else 1 for character in name) for name in names]
        # A stranger's model may have longer names than ours.
        column = max([14, *(width + 1 for width in widths)])
        lines = []
        for name, width, score in zip(names, widths, scores, strict=True):
            filled = round(score.probability * _BAR_CELLS)
            bar = f"{'█' * filled}{'░' * (_BAR_CELLS - filled)}"
            lines.append(f"  {name}{' ' * (column - width)}{bar} {percent(score.probability):>6}")
        return lines

    def _heard(self, analysis: Analysis) -> str:
        if not analysis.top:
            return say("heard.nothing", self.language, duration=clock(analysis.source.duration_s))
        return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in analysis.listened)

    def _finding(self, finding: HealthFinding) -> str:
        advice = finding.advice.get(self.language) or finding.advice.get("en", "")
        severity = say(f"health.{finding.severity}", self.language)
        measured = f"{finding.measured:.3g} {finding.unit}".strip()
        limit = f"{finding.limit:.3g} {finding.unit}".strip()
        amount = say("health.measured", self.language, measured=measured, limit=limit)
        return f"  {severity}{self._colon}{finding.code} ({amount})\n    {advice}"
