"""Cells of a table that strangers' texts cannot turn into formulas."""

from __future__ import annotations

from typing import Final

__all__ = ["cell"]

_RUN_BY_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Full-width forms are taken for their ASCII twins by some."""


def cell(text: str) -> str:
    """Text that a spreadsheet shows and does not run: one that begins like a formula gets a leading apostrophe."""
    known = text.encode("utf-8", "replace").decode("utf-8")
    return (
        f"'{known}"
        if known.startswith(_RUN_BY_SPREADSHEETS) or known.lstrip().startswith(_RUN_BY_SPREADSHEETS)
        else known
    )
