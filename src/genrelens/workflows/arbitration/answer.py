"""What an arbitration answers: frozen values that command, table and page read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from genrelens.listening.analysis import GenreScore
from genrelens.workflows.arbitration.copies import Copy

__all__ = [
    "Arbitration",
    "Confusion",
    "Method",
    "ReviewReason",
    "Say",
    "Show",
    "Side",
    "SourceReport",
    "UnknownName",
    "Verdict",
]

Method = Literal["estimated", "equal_few_songs", "equal_few_sources"]
Side = Literal["for", "against", "hint", "silent"]
ReviewReason = Literal["no_votes", "below", "tie", "sources_disagree", "model_disagrees"]
Show = Literal["all", "review", "sources_disagree", "model_disagrees"]
"""Which songs are asked for: all, those that a person should look at, or those with one reason for it."""


@dataclass(frozen=True, slots=True)
class Say:
    """What one source says of one song.

    Attributes:
        source: Its name.
        written: As it stood in the table; the model's first genre for the model.
        labels: What that means; empty where it means no genre or nobody knows.
        weight: How much it speaks for the answer against the runner-up: difference of log likelihoods, natural
            logarithm, before blunting; negative where it speaks against; 0 for a copy that counts through another.
        share: Of the say in this song, 0 to 1: its absolute weight among all.
        side: "for" or "against" the answer; "hint": it says another genre, but says that hardly less often where the
            answer is true; "silent": what it says tells nothing, or means no genre.
        is_model: Whether it is the model.
        copy_of: The source through which it counts, "" where it counts itself.
    """

    source: str
    written: str
    labels: tuple[str, ...]
    weight: float
    share: float
    side: Side = "silent"
    is_model: bool = False
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one song.

    Attributes:
        file: As it stood in the table.
        label: The likeliest label; "" where nobody said anything that means one.
        posterior: All labels with their probability, the likeliest first; empty where there is no label.
        says: Who said what, the table's sources in order, then the model.
        review: Why a person should look; empty where nobody need.
    """

    file: str
    label: str
    posterior: tuple[GenreScore, ...]
    says: tuple[Say, ...]
    review: tuple[ReviewReason, ...]

    @property
    def probability(self) -> float:
        """Of the label; 0 where there is none."""
        return self.posterior[0].probability if self.posterior else 0.0


@dataclass(frozen=True, slots=True)
class Confusion:
    """A source says `said` where it is `meant`, in `share` of the songs that are `meant` and that it labelled."""

    said: str
    meant: str
    share: float


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How far a source can be trusted.

    Attributes:
        name: As the table has it.
        labels: Cells of it that mean a label; songs that it heard for the model.
        known: Share of songs whose genre it knows beyond what its habits would hit by chance, 0 to 1: its weight;
            where nothing was estimated, what is taken for granted of every source.
        right: Expected share of its labels that are right, 0 to 1.
        confusions: What it mistakes most often.
        only_says: The one label that it ever says; "" where it says several.
        unknown: Cells of it that nobody knows.
        copy: Whom it copies; None where it is taken for independent.
        is_model: Whether it is the model.
    """

    name: str
    labels: int
    known: float
    right: float
    confusions: tuple[Confusion, ...] = ()
    only_says: str = ""
    unknown: int = 0
    copy: Copy | None = None
    is_model: bool = False


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name of which nobody knows all or a part.

    Attributes:
        written: As it stood, made harmless.
        count: How often it stands in the table.
        near: Names that are spelt alike; only where no part is known.
    """

    written: str
    count: int
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arbitration:
    """All answers, and what they rest on.

    Attributes:
        verdicts: One a file, in the table's order.
        sources: In the table's order, the model last.
        method: Whether reliabilities were estimated, or why every source counts the same.
        unknown: Names that nobody knows, the commonest first.
        threshold: Posterior above which nobody needs to look.
        aside: Columns of the table that were no labels.
        repeated: Labels that a later row of the same source and file replaced.
    """

    verdicts: tuple[Verdict, ...]
    sources: tuple[SourceReport, ...]
    method: Method
    unknown: tuple[UnknownName, ...]
    threshold: float
    aside: tuple[str, ...] = ()
    repeated: int = 0

    @property
    def to_review(self) -> int:
        """How many songs a person should look at."""
        return sum(bool(verdict.review) for verdict in self.verdicts)

    def doubtful_first(self, show: Show = "all") -> list[Verdict]:
        """The songs that are asked for, those that a person should look at first, the least sure of them before all."""
        wanted = (
            verdict
            for verdict in self.verdicts
            if show == "all" or (verdict.review if show == "review" else show in verdict.review)
        )
        return sorted(wanted, key=lambda verdict: (not verdict.review, verdict.probability))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {"schema_version": 1, **asdict(self), "to_review": self.to_review}

    def to_json(self) -> str:
        """`to_dict` as one line of text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)
