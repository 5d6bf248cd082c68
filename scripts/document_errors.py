# ruff: noqa: E501 - the page has long lines
"""Writes docs/errors.md: every error code and every health finding, from the tables that the program itself uses.

python scripts/document_errors.py [--check]      --check writes nothing and exits 1 where the file is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from genrelens.audio.health_advice import ADVICE
from genrelens.errors import HINTS
from genrelens.words import say

TARGET = Path(__file__).resolve().parent.parent / "docs" / "errors.md"

HEAD = """# Errors and health findings

Written by `scripts/document_errors.py`; do not edit.

An error is a `GenreLensError` with a stable `code`, a `message` (what happened), a `hint` (what to do) and `details` for
programs; `to_dict()` is its JSON. Exit codes of the commands: 0 all done, 1 some files failed (each with its code), 2 nothing
could be done. A bug is not an error of ours: it is logged with its traceback and shown as `INTERNAL` with an id.

## Errors
"""

MIDDLE = """
## Health findings

What is measured in the sound itself. A finding never stops an analysis: it has a `severity` (`error`: do not trust the
answer; `warning`: it may suffer; `info`), the `measured` value, its `limit`, their `unit`, and `advice` in English and Chinese.
"""


def document() -> str:
    """The whole page."""
    lines = [HEAD]
    for code, hint in HINTS.items():
        lines.append(f"### `{code}`\n\n{say(f'errors.{code}.what', 'en')} *What to do:* {hint}\n")
    lines.append(MIDDLE)
    for code, advice in ADVICE.items():
        lines.append(f"### {code.lower().replace('_', ' ')}: `{code}`\n\n{advice['en']}\n\n{advice['zh']}\n")
    return "\n".join(lines)


def main() -> None:
    """Write the page, or check it."""
    if "--check" not in sys.argv:
        TARGET.write_text(document(), encoding="utf-8")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != document():
        sys.exit("docs/errors.md is out of date: run python scripts/document_errors.py")


if __name__ == "__main__":
    main()
