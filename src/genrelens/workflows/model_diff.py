"""Two models on one catalogue, side by side: what an upgrade would change, and which of them people agree with.

An upgrade is a decision, not an accident: answers of every model stay in the catalogue, so both can be looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb
from typing import Any, Final

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.listening.analysis import ModelInfo

__all__ = ["CHANGE_COLUMNS", "Difference", "Pair", "change_cells", "compare_models", "pairs"]

_TOP: Final = 3
CHANGE_COLUMNS: Final = (
    "file", "top_3_a", "top_3_b", "tier_a", "tier_b", "decision", "right", "genre_tag", "sha256",
)  # fmt: skip
"""Of the table of changed files."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One content as both models heard it."""

    a: CatalogueRow
    b: CatalogueRow

    @property
    def changed(self) -> bool:
        """Whether both answered, and the first genre, or whether it is music at all, is another."""
        return self.a.state == self.b.state == "done" and self.said[0] != self.said[1]

    @property
    def said(self) -> tuple[str, str]:
        """What each of them says: its first genre, or `NOT_MUSIC`; "" for silence and without an answer."""
        return _said(self.a), _said(self.b)

    @property
    def right(self) -> str:
        """Which model a person's own decision agrees with: `both`, `a`, `b`, `neither`; "" where nobody decided.

        Answers that were accepted in bulk count as nobody's decision.
        """
        decision = self.a.decision
        if decision is None or decision.batch:
            return ""
        a, b = self.said
        agreed = (a == decision.verdict, b == decision.verdict)
        return {(True, True): "both", (True, False): "a", (False, True): "b"}.get(agreed, "neither")


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two models on the same contents.

    Attributes:
        a: The one model.
        b: The other.
        both: Contents that both answered; copies count once.
        only_a: Contents that only the first answered.
        only_b: Contents that only the other answered.
        changed: Contents with another first genre.
        genres: (first genre of a, of b) -> how many of the changed ones, the most frequent first.
        tiers: (tier of a, of b) -> how many, where they differ.
        decided: `both`, `a`, `b`, `neither` -> how many of those that a person decided one by one.
        shown_a: Of the decided ones, those whose reviewer was shown a's answer, which favours a.
        shown_b: Likewise b's.
        chance: Probability of a split of `a` and `b` at least as uneven if both were equally good (exact sign test).
    """

    a: ModelInfo
    b: ModelInfo
    both: int
    only_a: int
    only_b: int
    changed: int
    genres: tuple[tuple[str, str, int], ...]
    tiers: tuple[tuple[str, str, int], ...]
    decided: dict[str, int]
    shown_a: int
    shown_b: int
    chance: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "a": _model(self.a),
            "b": _model(self.b),
            "both": self.both,
            "only_a": self.only_a,
            "only_b": self.only_b,
            "changed": self.changed,
            "genres": [{"a": a, "b": b, "count": count} for a, b, count in self.genres],
            "tiers": [{"a": a, "b": b, "count": count} for a, b, count in self.tiers],
            "decided": self.decided,
            "shown": {"a": self.shown_a, "b": self.shown_b},
            "chance": round(self.chance, 6),
        }


def pairs(catalogue: Catalogue, a: int, b: int, only: RowFilter = RowFilter()) -> Iterator[Pair]:  # noqa: B008
    """Every content with the answer of each model (or none yet), by path; memory stays flat.

    Args:
        catalogue: Where they are.
        a: Id of the one model.
        b: Id of the other.
        only: Which files, by what does not depend on a model (`under`, `text`, `decided`).
    """
    wanted = replace(only, first_copies=True)
    rows_b = catalogue.rows(b, wanted)
    there = next(rows_b, None)
    for row in catalogue.rows(a, wanted):
        # Files may come and go between two pages.
        while there is not None and there.path < row.path:
            there = next(rows_b, None)
        if there is not None and there.path == row.path:
            yield Pair(row, there)


def compare_models(
    catalogue: Catalogue,
    a: int,
    b: int,
    only: RowFilter = RowFilter(),  # noqa: B008
    *,
    changed: Callable[[Pair], None] | None = None,
) -> Difference:
    """Count what differs between the answers of two models.

    Args:
        catalogue: Where they are.
        a: Id of the one model.
        b: Id of the other.
        only: As for `pairs`.
        changed: Is told every changed pair, by path.
    """
    genres: Counter[tuple[str, str]] = Counter()
    tiers: Counter[tuple[str, str]] = Counter()
    decided = dict.fromkeys(("both", "a", "b", "neither"), 0)
    count: Counter[str] = Counter()
    for pair in pairs(catalogue, a, b, only):
        done = (pair.a.state == "done", pair.b.state == "done")
        if done != (True, True):
            count["only_a"] += done == (True, False)
            count["only_b"] += done == (False, True)
            continue
        count["both"] += 1
        if pair.changed:
            genres[pair.said] += 1
            if changed is not None:
                changed(pair)
        if pair.a.tier != pair.b.tier:
            tiers[pair.a.tier, pair.b.tier] += 1
        if pair.right:
            assert pair.a.decision is not None
            decided[pair.right] += 1
            count["shown_a"] += pair.a.decision.model == a
            count["shown_b"] += pair.a.decision.model == b
    known = catalogue.models()
    return Difference(
        a=known[a],
        b=known[b],
        both=count["both"],
        only_a=count["only_a"],
        only_b=count["only_b"],
        changed=genres.total(),
        genres=_ordered(genres),
        tiers=_ordered(tiers),
        decided=decided,
        shown_a=count["shown_a"],
        shown_b=count["shown_b"],
        chance=_sign_test(decided["a"], decided["b"]),
    )


def change_cells(pair: Pair) -> dict[str, str]:
    """A changed file as the cells of `CHANGE_COLUMNS`."""
    return {
        "file": pair.a.path,
        "top_3_a": _top(pair.a),
        "top_3_b": _top(pair.b),
        "tier_a": pair.a.tier,
        "tier_b": pair.b.tier,
        "decision": pair.a.decision.verdict if pair.a.decision else "",
        "right": pair.right,
        "genre_tag": pair.a.genre_tag,
        "sha256": pair.a.sha256,
    }


def _said(row: CatalogueRow) -> str:
    return NOT_MUSIC if row.tier == "not_music" else row.genre


def _top(row: CatalogueRow) -> str:
    return ", ".join(f"{score.id} {score.probability:.2f}" for score in row.top[:_TOP])


def _model(model: ModelInfo) -> dict[str, str]:
    return {"name": model.name, "version": model.version, "sha256": model.sha256}


def _ordered(counts: Counter[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((a, b, n) for (a, b), n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _sign_test(a: int, b: int) -> float:
    total = a + b
    tail = sum(comb(total, k) for k in range(min(a, b) + 1))
    return min(1.0, float(Fraction(2 * tail, 2**total)))
