"""`Notes` as HTML: one line for each thing that is sure enough to be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genrelens.words import each_line

if TYPE_CHECKING:
    from genrelens.insight.notes import Notes

__all__ = ["render_notes"]


def render_notes(notes: Notes) -> str:
    """The whole panel, without its frame."""
    from genrelens.sentences.notes import note_rows

    labels = each_line(lambda language: [row.label for row in note_rows(notes, language)])
    values = each_line(lambda language: [row.value for row in note_rows(notes, language)])
    rows = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in zip(labels, values, strict=True))
    return f'<dl class="notes-list">{rows}</dl>'
