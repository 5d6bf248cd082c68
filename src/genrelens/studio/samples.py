"""The songs to click: our own pieces, found in the package or, in a checkout, in `examples/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Sample", "find_samples"]

_PACKAGED: Final = Path(__file__).parent / "examples"
_CHECKOUT: Final = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True, slots=True)
class Sample:
    """One piece: its stable `id`, title by language, the genre it is meant as, and its file."""

    id: str
    title: dict[str, str]
    genre: str
    path: Path


def find_samples(folder: Path | None = None) -> list[Sample]:
    """The pieces of the first folder that has an `examples.json`; none where there is no such folder."""
    for place in [folder] if folder else [_PACKAGED, _CHECKOUT]:
        listing = place / "examples.json"
        if listing.is_file():
            return [sample for entry in _entries(listing) if (sample := _sample(entry, place)) is not None]
    return []


def _entries(listing: Path) -> list[dict[str, Any]]:
    content = json.loads(listing.read_text(encoding="utf-8"))
    entries = content if isinstance(content, list) else content.get("examples", content.get("pieces", []))
    return [entry for entry in entries if isinstance(entry, dict)]


def _sample(entry: dict[str, Any], folder: Path) -> Sample | None:
    path = folder / str(entry.get("file", ""))
    if not path.is_file():
        return None
    title = entry.get("title", path.stem)
    titles = {"en": str(title), "zh": str(entry.get("title_zh", title))}
    if isinstance(title, dict):
        titles = {"en": str(title.get("en", path.stem)), "zh": str(title.get("zh", title.get("en", path.stem)))}
    return Sample(path.stem, titles, str(entry.get("genre", entry.get("meant", ""))), path)
