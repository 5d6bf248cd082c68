"""Numbers and names as people read them: the same on the page, in pictures and on the command line."""

from __future__ import annotations

from typing import Final

__all__ = ["NBSP", "capital", "clock", "percent", "short_name"]

NBSP: Final = "\u00a0"


def percent(probability: float) -> str:
    """A probability for people: whole per cent, never a 0 or 100 that is not meant."""
    if probability < 0.005:
        return f"<{NBSP}1{NBSP}%"
    if probability > 0.995:
        return f">{NBSP}99{NBSP}%"
    return f"{probability * 100:.0f}{NBSP}%"


def capital(word: str) -> str:
    """A word at the beginning of a sentence."""
    return word[:1].upper() + word[1:]


def clock(seconds: float) -> str:
    """Seconds as a clock shows them: 0:07, 3:45, 1:02:03."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def short_name(name: str, limit: int = 80) -> str:
    """A file name fit for one line: no control or direction marks, cut in the middle where it is long."""
    shown = "".join(character if character.isprintable() else " " for character in name).strip()
    return shown if len(shown) <= limit else f"{shown[: limit - 12]}\u2026{shown[-11:]}"
