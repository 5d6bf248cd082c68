"""What a limit for accepting buys: precision with its interval, share and number of songs; and the limit for a wish.

Two sources. *The card*: what was measured of the shipped model on test songs. *Reviews*: what people decided about the
songs of a catalogue against what was answered. Reviewed songs are no fair sample, because doubtful ones come first: so
each counts for the songs of the catalogue with about the same probability (post-stratification), and songs of which no
like was reviewed count as wrong in the lower bound. Answers that were accepted in bulk are nobody's judgement and are
left out.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final, Literal

from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import PolicyError
from genrelens.listening.measured import measured
from genrelens.workflows.policy import Policy, Triage

__all__ = [
    "Curve",
    "Point",
    "Songs",
    "Tally",
    "curve_of_card",
    "curve_of_reviews",
    "lowest_limit",
    "songs_needed",
    "songs_of",
    "wilson",
]  # fmt: skip

Measure = Literal["accepted", "strict", "reviewed"]
"""Right is: a label that a fair person accepts; the song's first label alone; what a reviewer decided."""

_EDGES: Final = (
    0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 1.0,
)  # fmt: skip
"""Probabilities between which songs count as alike; the limits that are tried."""
_Z: Final = 1.959964
"""Of a two-sided interval of 95 %."""
_MOST_UNSEEN: Final = 0.1
"""Share of songs without a reviewed like up to which a point estimate may be used."""


@dataclass(frozen=True, slots=True)
class Point:
    """What accepting above a limit buys.

    Attributes:
        above: The limit.
        judged: Songs behind the figure.
        precision: Share of right first genres among them, weighted where the source is reviews; None without any.
        low: Lower end of the 95 % interval (Wilson).
        high: Its upper end.
        share: Of all songs that have a genre, 0 to 1.
        songs: Of the catalogue above the limit; None without a catalogue.
        unseen: Share of the songs above the limit of which no like was reviewed.
    """

    above: float
    judged: int
    precision: float | None
    low: float
    high: float
    share: float
    songs: int | None = None
    unseen: float = 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    """Points with rising limits.

    Attributes:
        source: Where it comes from.
        measure: What counts as right.
        judged: Songs behind it.
        points: Rising by `above`.
        genre: Songs with this first genre alone; "" for all.
        in_bulk: Songs of the catalogue that were decided in bulk, which do not count here.
    """

    source: Literal["card", "reviews"]
    measure: Measure
    judged: int
    points: tuple[Point, ...]
    genre: str = ""
    in_bulk: int = 0

    def at(self, limit: float) -> Point | None:
        """What a limit buys at least: the point with the highest limit that is not above it; None below the first."""
        return next((point for point in reversed(self.points) if point.above <= limit), None)


@dataclass(slots=True)
class Tally:
    """Songs with one first genre: the probabilities of all, and of those that a person judged, right or wrong."""

    all: array[float] = field(default_factory=lambda: array("d"))
    right: array[float] = field(default_factory=lambda: array("d"))
    wrong: array[float] = field(default_factory=lambda: array("d"))


@dataclass(slots=True)
class Songs:
    """The songs of a catalogue as far as limits are about them.

    Attributes:
        genres: First genre -> its songs that a limit could accept.
        forced: Songs that are reviewed whatever the limits (no music, silence, what the policy says).
        in_bulk: Songs decided in bulk.
        without: Files without an answer.
    """

    genres: dict[str, Tally] = field(default_factory=dict)
    forced: int = 0
    in_bulk: int = 0
    without: int = 0

    @property
    def judged(self) -> int:
        """Songs that a person judged, one by one."""
        return sum(len(tally.right) + len(tally.wrong) for tally in self.genres.values())

    @property
    def total(self) -> int:
        """Songs that a limit could accept."""
        return sum(len(tally.all) for tally in self.genres.values())

    def above(self, limit: float) -> int:
        """Songs above a limit."""
        return sum(_above(tally.all, limit) for tally in self.genres.values())

    def add(self, row: CatalogueRow, found: Triage | None) -> None:
        """Count a song by what `Policy.unlimited` says of it."""
        if found is None:
            self.without += 1
        elif found.action != "accept":
            self.forced += 1
        else:
            self._count(row)

    def _count(self, row: CatalogueRow) -> None:
        tally = self.genres.setdefault(row.genre, Tally())
        tally.all.append(row.probability)
        if row.decision is None:
            return
        if row.decision.batch:
            self.in_bulk += 1
        else:
            (tally.right if row.decision.verdict == row.genre else tally.wrong).append(row.probability)


def songs_of(catalogue: Catalogue, model_id: int | None, policy: Policy, only: RowFilter = RowFilter()) -> Songs:  # noqa: B008
    """Count the songs of a catalogue; copies of the same bytes are one song.

    Args:
        catalogue: Where they are.
        model_id: Whose answers.
        policy: What it reviews whatever the limits is left out of the curve.
        only: Which songs.
    """
    unlimited, songs = policy.unlimited(), Songs()
    for row in catalogue.rows(model_id, replace(only, first_copies=True)):
        songs.add(row, unlimited.triage(row))
    return songs


def curve_of_reviews(songs: Songs, genre: str = "") -> Curve:
    """The curve of what people decided, weighted to the whole catalogue.

    Raises:
        PolicyError: `POLICY_NO_EVIDENCE` where nobody judged any.
    """
    tallies = [songs.genres[genre]] if genre else list(songs.genres.values())
    judged = sum(len(tally.right) + len(tally.wrong) for tally in tallies)
    if not judged:
        about = f" with the genre {genre}" if genre else ""
        raise PolicyError("POLICY_NO_EVIDENCE", f"no song{about} of the catalogue was reviewed one by one")
    total = sum(len(tally.all) for tally in tallies)
    strata = [_stratum(tallies, low, high) for low, high in pairwise(_EDGES)]
    points = []
    for place, limit in enumerate(_EDGES[:-1]):
        inside = strata[place:]
        count = sum(stratum[0] for stratum in inside)
        if count:
            points.append(_weighted(limit, inside, count, total))
    return Curve("reviews", "reviewed", judged, tuple(points), genre, songs.in_bulk)


def _stratum(tallies: Sequence[Tally], low: float, high: float) -> tuple[int, int, int]:
    """(all, judged, right) with a probability above `low`, up to `high`."""
    every = sum(_above(tally.all, low) - _above(tally.all, high) for tally in tallies)
    right = sum(_above(tally.right, low) - _above(tally.right, high) for tally in tallies)
    wrong = sum(_above(tally.wrong, low) - _above(tally.wrong, high) for tally in tallies)
    return every, right + wrong, right


def _weighted(limit: float, strata: Sequence[tuple[int, int, int]], count: int, total: int) -> Point:
    seen = [stratum for stratum in strata if stratum[1]]
    judged = sum(stratum[1] for stratum in seen)
    covered = sum(stratum[0] for stratum in seen)
    unseen = 1 - covered / count
    if not seen:
        return Point(limit, 0, None, 0.0, 1.0, count / total, count, unseen)
    precision = sum(every * right / looked for every, looked, right in seen) / covered
    # Kish: as many songs of equal weight would be as good.
    effective = covered**2 / sum(every**2 / looked for every, looked, _ in seen)
    low, high = wilson(precision, effective)
    return Point(
        limit, judged, precision, low * (1 - unseen), high * (1 - unseen) + unseen, count / total, count, unseen
    )


def curve_of_card(model_sha256: str, *, strict: bool = False, songs: Songs | None = None) -> Curve:
    """The curve that was measured on test songs of the shipped model; only sums of songs are known of it.

    Args:
        model_sha256: Of the model.
        strict: Only a song's first label is right, not its second.
        songs: Of a catalogue: how many of them lie above each limit.

    Raises:
        PolicyError: `POLICY_NO_EVIDENCE` where nobody measured this model.
    """
    said = measured(model_sha256)
    if said is None:
        raise PolicyError("POLICY_NO_EVIDENCE", "nobody measured what a limit buys with this model")
    kind: Measure = "strict" if strict else "accepted"
    total = int(said["songs"])
    points = [
        # As long as a limit is above all that lies below the point, it is the same limit.
        _card_point(math.ceil(row["from_p"] * 1000) / 1000, row["coverage"], 1 - row["risk"], total, songs)
        for row in said["risk_coverage"][kind]
    ]
    points += _tier_points(said["tiers"], "precision" if strict else "precision_accepted", total, songs)
    return Curve("card", kind, total, tuple(sorted(points, key=lambda point: point.above)))


def _tier_points(tiers: Mapping[str, Any], name: str, total: int, songs: Songs | None) -> list[Point]:
    """The limits of the tiers `sure` and `likely`, which the card gives, too."""
    sure, likely = tiers["sure"], tiers["likely"]
    both = sure["share"] + likely["share"]
    right = (sure["share"] * sure[name] + likely["share"] * likely[name]) / both
    return [
        _card_point(sure["above"], sure["share"], sure[name], total, songs),
        _card_point(likely["above"], both, right, total, songs),
    ]


def _card_point(above: float, share: float, precision: float, total: int, songs: Songs | None) -> Point:
    judged = round(share * total)
    low, high = wilson(precision, judged)
    if songs is None or not songs.total:
        return Point(above, judged, precision, low, high, share)
    count = songs.above(above)
    return Point(above, judged, precision, low, high, count / songs.total, count)


def lowest_limit(curve: Curve, wished: float, *, estimate: bool = False) -> Point | None:
    """The lowest limit above which a wished precision holds; None where none can be promised.

    Args:
        curve: Where to look.
        wished: Precision, 0 to 1.
        estimate: Whether the figure itself is enough; else the lower end of its interval has to hold.
    """
    for point in curve.points:
        if point.precision is None:
            continue
        if point.low >= wished or (estimate and point.precision >= wished and point.unseen <= _MOST_UNSEEN):
            return point
    return None


def songs_needed(wished: float) -> int:
    """How many songs, all of them right, have a lower bound of `wished`: with fewer it cannot be promised."""
    return math.ceil(_Z**2 * wished / (1 - wished))


def wilson(share: float, songs: float) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927).

    Args:
        share: 0 to 1.
        songs: Behind it; need not be whole.
    """
    if songs <= 0:
        return 0.0, 1.0
    square = _Z**2
    middle = (share + square / (2 * songs)) / (1 + square / songs)
    half = _Z / (1 + square / songs) * math.sqrt(share * (1 - share) / songs + square / (4 * songs**2))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _above(values: Sequence[float], limit: float) -> int:
    return sum(value > limit for value in values)
