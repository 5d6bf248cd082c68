"""What a blend could be called: a small table of named fusions of our genres.

A name is offered only for the tiers `blend` and `likely`, and only where its parts are really there: each of a pair
at least 0.2 and both together 0.6, each of a triple at least 0.15 and all together 0.75. Chosen, not fitted (no corpus
says what a fusion is called): below, what is left over weighs as much as a part does. A triple is asked before a pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from genrelens.listening.analysis import GenreScore, Tier

__all__ = ["Fusion", "fusion_of", "fusions"]

_EACH: Final = {2: 0.2, 3: 0.15}
_TOGETHER: Final = {2: 0.6, 3: 0.75}
_TIERS: Final = ("blend", "likely")


@dataclass(frozen=True, slots=True)
class Fusion:
    """A named fusion.

    Attributes:
        parts: Ids of the genres that meet, two or three, in alphabetical order.
        name: Language ("en", "zh") -> what it is called.
        what: Language -> one line what it is.
    """

    parts: tuple[str, ...]
    name: Mapping[str, str]
    what: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"parts": list(self.parts), "name": dict(self.name), "what": dict(self.what)}


def fusion_of(top: Sequence[GenreScore], tier: Tier) -> Fusion | None:
    """What the first two or three genres of an answer make together; None where that has no name or is no blend.

    Args:
        top: Genres with their probabilities, descending, as `Analysis.top` has them.
        tier: Of the same answer.
    """
    if tier not in _TIERS:
        return None
    for count in (3, 2):
        first = top[:count]
        strong = len(first) == count and min(score.probability for score in first) >= _EACH[count]
        if strong and sum(score.probability for score in first) >= _TOGETHER[count]:
            found = fusions().get(frozenset(score.id for score in first))
            if found is not None:
                return found
    return None


@cache
def fusions() -> Mapping[frozenset[str], Fusion]:
    """The whole table: genre ids -> fusion."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_name("fusions.yaml").read_text(encoding="utf-8"))
    return {
        frozenset(row["parts"]): Fusion(tuple(sorted(row["parts"])), dict(row["name"]), dict(row["what"]))
        for row in rows
    }
