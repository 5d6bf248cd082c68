"""How far reviewers agree: the share of judgements that are the same, and how much of that is more than chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from genrelens.catalogue.opinions import Judgement

__all__ = ["Agreement", "Pair", "agreement"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reviewers on the files that both have judged.

    Attributes:
        first: One of them.
        second: The other.
        files: How many contents both have judged.
        same: On how many they said the same.
        kappa: Cohen's kappa, at most 1, 0 for chance; None where chance alone would make them agree always.
    """

    first: str
    second: str
    files: int
    same: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """All reviewers together.

    Attributes:
        files: How many contents two or more have judged.
        share: Of the pairs of judgements on one content, how many are the same, 0 to 1; None without such files.
        kappa: Fleiss' kappa, taken over any number of judgements a file; None as in `Pair`, or without such files.
        pairs: Each two that share files, sorted by name.
    """

    files: int
    share: float | None
    kappa: float | None
    pairs: tuple[Pair, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return asdict(self)


def agreement(judgements: Iterable[Judgement]) -> Agreement:
    """How far those who judged the same files agree.

    Args:
        judgements: One for each person and content.
    """
    by_file: dict[str, dict[str, str]] = defaultdict(dict)
    for judgement in judgements:
        by_file[judgement.sha256][judgement.person] = judgement.verdict
    shared = {sha: said for sha, said in by_file.items() if len(said) > 1}
    if not shared:
        return Agreement(0, None, None, ())
    share = sum(_same_pairs(list(said.values())) for said in shared.values()) / len(shared)
    words = Counter(verdict for said in shared.values() for verdict in said.values())
    chance = sum((count / words.total()) ** 2 for count in words.values())
    people = sorted({person for said in shared.values() for person in said})
    pairs = (_pair(first, second, shared.values()) for first, second in combinations(people, 2))
    return Agreement(len(shared), share, _beyond(share, chance), tuple(pair for pair in pairs if pair.files))


def _same_pairs(verdicts: list[str]) -> float:
    pairs = list(combinations(verdicts, 2))
    return sum(one == other for one, other in pairs) / len(pairs)


def _pair(first: str, second: str, files: Iterable[dict[str, str]]) -> Pair:
    said = [(file[first], file[second]) for file in files if first in file and second in file]
    if not said:
        return Pair(first, second, 0, 0, None)
    same = sum(one == other for one, other in said)
    ones, others = Counter(one for one, _ in said), Counter(other for _, other in said)
    chance = sum(ones[verdict] * others[verdict] for verdict in ones) / len(said) ** 2
    return Pair(first, second, len(said), same, _beyond(same / len(said), chance))


def _beyond(share: float, chance: float) -> float | None:
    return None if chance > 1 - 1e-12 else (share - chance) / (1 - chance)
