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
            pieces = json.loads(listing.read_text(encoding="utf-8"))["pieces"]
            return [_sample(piece, place) for piece in pieces if (place / piece["file"]).is_file()]
    return []


def _sample(piece: dict[str, Any], folder: Path) -> Sample:
    path = folder / piece["file"]
    return Sample(path.stem, dict(piece["title"]), piece["genre"], path)
