r"""Paths as text that every file format can hold, and back: names that are not UTF-8 survive the round trip.

A byte that is no UTF-8 is written `\xNN`, and a backslash that stands before such a pattern in a real name is written
`\x5c`: so the text is always valid Unicode, and `from_text(to_text(path))` is the path, byte for byte.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

__all__ = ["from_text", "to_text"]

_LOOKS_ESCAPED: Final = re.compile(r"\\(?=x[0-9a-f]{2})")
_ESCAPED: Final = re.compile(r"\\x([0-9a-f]{2})")


def to_text(path: str | os.PathLike[str]) -> str:
    """The path, made absolute, as text for a database, a table or JSON."""
    absolute = os.path.abspath(os.fspath(path))  # noqa: PTH100 - a link is its own path here
    plain = _LOOKS_ESCAPED.sub(r"\\x5c", absolute)
    return "".join(f"\\x{ord(char) - 0xDC00:02x}" if "\udc80" <= char <= "\udcff" else char for char in plain)


def from_text(text: str) -> Path:
    """The path that `to_text` wrote."""

    def byte(found: re.Match[str]) -> str:
        value = int(found[1], 16)
        return chr(value) if value < 0x80 else chr(0xDC00 + value)

    return Path(_ESCAPED.sub(byte, text))
