"""What was measured of the words for instruments and voices, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["markdown"]


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The words that are said as a table, and in a sentence those that are not."""
    lines = ["| word | from logit | precision | recall, by source | judged by |", "|---|---|---|---|---|"]
    for row in rows:
        if row["threshold"] is not None:
            sources = row["sources"].items()
            recall = ", ".join(f"{name} {found['recall']:.2f}" for name, found in sources)
            judges = ", ".join(f"{name} ({found['said']} times said)" for name, found in sources if found["judges"])
            lines.append(f"| {row['en']} | {row['threshold']:.2f} | {row['precision']:.2f} | {recall} | {judges} |")
    silent = "; ".join(f"{row['en']} ({row['why']})" for row in rows if row["threshold"] is None)
    return "\n".join([*lines, "", f"Never said: {silent}."])
