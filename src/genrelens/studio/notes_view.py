"""`Notes` as HTML: one line for each thing that is sure enough to be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genrelens.words import LANGUAGES, each

if TYPE_CHECKING:
    from genrelens.insight.notes import Notes

__all__ = ["render_notes"]


def render_notes(notes: Notes) -> str:
    """The whole panel, without its frame."""
    from genrelens.pictures.notes_text import note_rows

    by_language = [note_rows(notes, language) for language in LANGUAGES]
    rows = "".join(
        f"<div><dt>{each(dict(zip(LANGUAGES, (row.label for row in same), strict=True)))}</dt>"
        f"<dd>{each(dict(zip(LANGUAGES, (row.value for row in same), strict=True)))}</dd></div>"
        for same in zip(*by_language, strict=True)
    )
    return f'<dl class="notes-list">{rows}</dl>'
