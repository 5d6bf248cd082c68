"""The log of ideas: every run whose config names an idea adds one line to `docs/experiments.md`.

    idea: what is tried      expected: what it should give      # in the run's YAML file

Whether it was kept is for a person to write, after looking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["EXPERIMENTS", "note"]

EXPERIMENTS: Final = Path(__file__).resolve().parents[1] / "docs" / "experiments.md"

_FIGURES: Final = ("top1", "accepted", "top3", "macro_f1", "nll")
_LINE: Final = re.compile(r"^\| (\d+) \|")


def note(idea: str, expected: str, figures: Mapping[str, float], minutes: float, log: Path = EXPERIMENTS) -> int:
    """Add a line below the last one of the table.

    Args:
        idea: What was tried.
        expected: What it was expected to give.
        figures: On the choosing part: "top1", "accepted", "top3", "macro_f1", "nll".
        minutes: That it took.
        log: The file with the table.

    Returns:
        Number of the line.

    Raises:
        ValueError: The file has no table.
    """
    lines = log.read_text(encoding="utf-8").splitlines()
    numbered = [(index, int(found[1])) for index, line in enumerate(lines) if (found := _LINE.match(line))]
    if not numbered:
        raise ValueError(f"{log} has no table of experiments")
    last, number = numbered[-1]
    measured = " / ".join(f"{figures[name]:.3f}" for name in _FIGURES)
    cells = [str(number + 1), idea, expected or "-", measured, f"{minutes:.0f} min", "?"]
    lines.insert(last + 1, "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return number + 1
