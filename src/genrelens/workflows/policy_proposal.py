"""A policy for a wished precision."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from genrelens.errors import PolicyError
from genrelens.workflows.policy import Limits, Policy
from genrelens.workflows.policy_curve import Curve, Point, Songs, curve_of_reviews, lowest_limit, songs_needed

__all__ = ["GenreProposal", "Proposal", "propose"]

_NEVER: Final = 1.0
"""No probability is above it."""


@dataclass(frozen=True, slots=True)
class GenreProposal:
    """What the reviewed songs of one genre say.

    Attributes:
        genre: The first genre.
        outcome: `own`: the wish holds above a limit of its own; `contradicted`: even the upper end of its interval is
            below the wish at the general limit, so it is always reviewed; `too_few`: the general limit stands.
        judged: Songs of this genre that were reviewed one by one.
        point: At its own limit, or at the general one.
    """

    genre: str
    outcome: Literal["own", "contradicted", "too_few"]
    judged: int
    point: Point | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy for a wish.

    Attributes:
        wished: Precision, 0 to 1.
        estimate: Whether the figure itself had to reach it, instead of the lower end of its interval.
        policy: The proposed one; where nothing can be promised it accepts nothing.
        point: At its general limit; None where nothing can be promised.
        best: The point with the highest lower end.
        needed: Songs, all right, that would have to be judged above a limit for the promise.
        curve: Where it comes from.
        genres: Of each genre where that was asked for.
    """

    wished: float
    estimate: bool
    policy: Policy
    point: Point | None
    best: Point
    needed: int
    curve: Curve
    genres: tuple[GenreProposal, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "wished": self.wished,
            "by": "estimate" if self.estimate else "lower_bound",
            "promised": self.point is not None,
            "source": self.curve.source,
            "measure": self.curve.measure,
            "point": None if self.point is None else asdict(self.point),
            "best": asdict(self.best),
            "songs_needed": self.needed,
            "genres": [asdict(genre) for genre in self.genres],
            "policy": self.policy.to_dict(),
        }


def propose(
    curve: Curve, wished: float, policy: Policy, *, estimate: bool = False, per_genre: Songs | None = None
) -> Proposal:
    """The policy with the lowest limits above which a wished precision holds.

    Args:
        curve: Of all genres.
        wished: Precision, 0 to 1.
        policy: What it says of anything but limits stays.
        estimate: Whether the figure itself is enough.
        per_genre: The songs, for a limit of each genre of its own.
    """
    point = lowest_limit(curve, wished, estimate=estimate)
    limits = _limits(point, policy)
    own: dict[str, Limits | None] = {genre: said for genre, said in policy.genres.items() if said is None}
    found = []
    for genre in sorted(per_genre.genres) if per_genre is not None else ():
        if genre not in own:
            assert per_genre is not None
            said = _of_genre(per_genre, genre, wished, limits, estimate)
            found.append(said)
            if said.outcome == "contradicted":
                own[genre] = None
            elif said.outcome == "own":
                own[genre] = _limits(said.point, policy)
    return Proposal(
        wished=wished,
        estimate=estimate,
        policy=replace(policy, limits=limits, genres=own),
        point=point,
        best=max(curve.points, key=lambda each: (each.low, -each.above)),
        needed=songs_needed(wished),
        curve=curve,
        genres=tuple(found),
    )


def _limits(point: Point | None, policy: Policy) -> Limits:
    accept = _NEVER if point is None else point.above
    return Limits(accept, min(policy.limits.suggest_from, accept))


def _of_genre(songs: Songs, genre: str, wished: float, general: Limits, estimate: bool) -> GenreProposal:
    try:
        curve = curve_of_reviews(songs, genre)
    except PolicyError:
        return GenreProposal(genre, "too_few", 0, None)
    own = lowest_limit(curve, wished, estimate=estimate)
    if own is not None:
        return GenreProposal(genre, "own", curve.judged, own)
    there = next((point for point in curve.points if point.above >= general.accept_above), None)
    contradicted = there is not None and there.high < wished
    return GenreProposal(genre, "contradicted" if contradicted else "too_few", curve.judged, there)
