"""Listening notes as text for a terminal."""

from __future__ import annotations

from genrelens.audio.sources import safe_name
from genrelens.insight.notes import Notes
from genrelens.sentences.notes import looked_at_text, note_rows, unsure_text
from genrelens.words import say
from genrelens.words.forms import clock

__all__ = ["report"]


def report(notes: Notes, path: str, language: str) -> str:
    """One line a note, its certainty behind it where it is a judgement; then what was left out."""
    colon = "：" if language == "zh" else ": "
    lines = [f"{safe_name(path) or '?'}  {clock(notes.source.duration_s)}"]
    if notes.end_s - notes.start_s < notes.source.duration_s - 1:
        lines.append(f"  {say('notes.part', language, start=clock(notes.start_s), end=clock(notes.end_s))}")
    for row in note_rows(notes, language):
        doubt = row.certainty_text(language)
        lines.append(f"  {row.label}{colon}{row.value}" + (f"  [{doubt}]" if doubt else ""))
    if part := looked_at_text(notes, language):
        lines.append(f"  {part}")
    if left_out := unsure_text(notes, language):
        lines.append(f"  {left_out}")
    return "\n".join(lines)
