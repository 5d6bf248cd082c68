"""A comparison in words: the same on the page and in the terminal."""

from __future__ import annotations

from typing import Final

from genrelens.insight.changes import NoteChange
from genrelens.insight.compare import Difference
from genrelens.sentences.notes import key_text
from genrelens.words import say
from genrelens.words.forms import percent

__all__ = ["changed_texts", "number_text", "points"]

_DECIMALS: Final = {"BPM": 0, "LUFS": 1, "LU": 1, "Hz": 0}


def points(difference: float) -> str:
    """A difference of probabilities in whole points, with its sign."""
    rounded = round(difference * 100)
    return f"{rounded:+d}".replace("-", "\u2212") if rounded else "\u00b10"


def note_text(note: NoteChange, language: str) -> str:
    """One note that changed: what it was, what it is."""
    name = say(f"compare.{note.code}", language)
    before, after = number_text(note.before, note.unit), number_text(note.after, note.unit)
    # The unit once is enough.
    short = before.removesuffix(f" {note.unit}") if note.unit else before
    return say("compare.note", language, name=name, before=short, after=after)


def number_text(value: float, unit: str) -> str:
    """A measured value with its unit; a share as a percentage."""
    return f"{value:.{_DECIMALS[unit]}f} {unit}" if unit else percent(value)


def changed_texts(difference: Difference, language: str) -> list[str]:
    """The notes that changed, the key last; none where nothing did."""
    changed = [note_text(note, language) for note in difference.changed]
    if difference.key is not None:
        before, after = (key_text(key, language) for key in (difference.key.before, difference.key.after))
        changed.append(say("compare.note", language, name=say("compare.key", language), before=before, after=after))
    return changed
