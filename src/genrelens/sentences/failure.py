"""A failure in words, in the reader's language where the code is known there."""

from __future__ import annotations

from genrelens.errors import GenreLensError
from genrelens.words import catalogue, say

__all__ = ["failure_text"]


def failure_text(error: GenreLensError, language: str) -> str:
    """What happened, with the code that the manual lists."""
    key = f"errors.{error.code}.what"
    what = say(key, language) if key in catalogue(language) else error.message
    return f"{what} ({error.code})"
