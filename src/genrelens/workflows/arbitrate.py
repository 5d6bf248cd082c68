"""Several sources say what genre a song is and disagree: what it is, how sure that is, why, and who should look.

What is estimated, and how: each source's errors and each song's genre together, by Dawid & Skene's model of 1979 (EM by
crowd-kit, with pseudo-counts: `genrelens.workflows.reliability`); the shipped model is one more voter whose whole
calibrated distribution counts. Copies count once (`genrelens.workflows.copies`). The posterior holds as far as the
model's assumption does: that sources err independently of each other, given the genre. Real ones do not quite, so it is
rather too sure; `benchmarks/arbitrate.py` says by how much on simulated sources. Where there is too little to estimate
from, every source counts the same, a majority vote in which the model has its say, and the answer tells so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.errors import PolicyError
from genrelens.listening.analysis import GenreScore
from genrelens.taxonomy import GENRES
from genrelens.workflows.copies import Copy, find_copies
from genrelens.workflows.label_names import meanings
from genrelens.workflows.label_table import LabelTable
from genrelens.workflows.reliability import Ballots, Estimate, Floats, estimate

__all__ = [
    "MODEL", "SURE_ABOVE", "Arbitration", "Confusion", "Method", "ReviewReason", "Say", "SourceReport", "UnknownName",
    "Verdict", "arbitrate",
]  # fmt: skip

MODEL: Final = "model"
"""Name of the model among the sources; a column of that name keeps its own and is told apart by `is_model`."""
SURE_ABOVE: Final = 0.85
"""Posterior above which nobody needs to look: that of the tier `sure`."""

Method = Literal["estimated", "equal_few_songs", "equal_few_sources"]
ReviewReason = Literal["no_votes", "below", "tie", "sources_disagree", "model_disagrees"]

_ENOUGH_SONGS: Final = 20
"""Songs with two voices or more, from which on reliabilities are estimated."""
_TIE: Final = 0.05
_RELIABLE: Final = 0.8
"""Share of the genres that a source must know to be taken for reliable."""
_RELIABLE_LABELS: Final = 20
_CONFUSED: Final = 3.0
"""Expected songs from which on a confusion is told."""
_MOST_CONFUSED: Final = 3
_ONE_LABEL: Final = 10
"""Labels from which on a source is said to say one label only."""


@dataclass(frozen=True, slots=True)
class Say:
    """What one source says of one song.

    Attributes:
        source: Its name.
        written: As it stood in the table; the model's first genre for the model.
        labels: What that means; empty where it means no genre or nobody knows.
        weight: How much it speaks for the answer against the runner-up: difference of log likelihoods, natural
            logarithm; negative where it speaks against. 0 for a copy that counts through its original.
        share: Of the say in this song, 0 to 1: its absolute weight among all.
        is_model: Whether it is the model.
        copy_of: The source through which it counts, "" where it counts itself.
    """

    source: str
    written: str
    labels: tuple[str, ...]
    weight: float
    share: float
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
        known: Share of songs whose genre it knows beyond what its habits would hit by chance, 0 to 1: its weight.
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
    """A name that nobody knows: how often it stands in the table, and names that are spelt alike."""

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

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {"schema_version": 1, **asdict(self), "to_review": self.to_review}


def arbitrate(
    table: LabelTable,
    heard: Mapping[str, Mapping[str, float]] | None = None,
    *,
    labels: Sequence[str] | None = None,
    threshold: float = SURE_ABOVE,
) -> Arbitration:
    """Decide between sources.

    Args:
        table: Who wrote what.
        heard: File as the table has it -> label -> the model's probability; may lack files; None: without the model.
        labels: Those of a bundle; the sixteen genres when left out.
        threshold: Posterior above which nobody needs to look, 0 to 1.

    Raises:
        PolicyError: `ARBITRATE_NOT_INSTALLED`, or `LABELS_UNKNOWN` where no cell means a label.
    """
    return _Case(table, heard or {}, labels, threshold).decided()


class _Case:
    """One table on its way to an answer."""

    def __init__(
        self,
        table: LabelTable,
        heard: Mapping[str, Mapping[str, float]],
        labels: Sequence[str] | None,
        threshold: float,
    ) -> None:
        self.table, self.threshold = table, threshold
        names = [genre.id for genre in GENRES] if labels is None else list(labels)
        self.meaning = meanings([cell for row in table.said.values() for cell in row.values()], names)
        said = {
            source: {file: self.meaning[cell].labels for file, cell in row.items() if self.meaning[cell].labels}
            for source, row in table.said.items()
        }
        speech = any(NOT_MUSIC in row for cells in said.values() for row in cells.values())
        speech = speech or any(row.get(NOT_MUSIC, 0.0) >= 0.5 for row in heard.values())
        self.labels = [*names, NOT_MUSIC] if speech and NOT_MUSIC not in names else names
        self.said = said
        self.heard = {file: shares for file in table.files if (shares := self._shares(heard.get(file, {}))) is not None}
        if not any(said.values()) and not self.heard:
            raise PolicyError("LABELS_UNKNOWN", "no cell of the table means a genre", details={"names": self._names()})
        self.first = {file: self.labels[int(shares.argmax())] for file, shares in self.heard.items()}
        found = find_copies(
            {source: {f: frozenset(g) for f, g in row.items()} for source, row in said.items()}, self.first
        )
        self.copies = {copy.source: copy for copy in found}
        self.originals = [source for source in said if source not in self.copies]

    def decided(self) -> Arbitration:
        ballots = self._ballots()
        method = self._method(ballots)
        result = estimate(ballots, learn=method == "estimated")
        rows = {(int(song), int(source)): row for row, (song, source, _) in enumerate(ballots.votes)}
        self.known = dict(zip(self.originals, result.known.tolist(), strict=True))
        verdicts = tuple(self._verdict(song, file, result, rows) for song, file in enumerate(self.table.files))
        return Arbitration(
            verdicts,
            self._reports(ballots, result),
            method,
            tuple(UnknownName(name, count, self.meaning[name].near) for name, count in self._unknown().most_common()),
            self.threshold,
            self.table.aside,
            self.table.repeated,
        )

    def _shares(self, distribution: Mapping[str, float]) -> Floats | None:
        shares = np.array([max(0.0, float(distribution.get(label, 0.0))) for label in self.labels])
        total = float(shares.sum())
        return shares / total if math.isfinite(total) and total > 0 else None

    def _counted(self, source: str, file: str) -> tuple[str, ...]:
        """What an original says of a file; where it is silent, what its copies say."""
        if labels := self.said[source].get(file, ()):
            return labels
        copies = (copy.source for copy in self.copies.values() if copy.of == source)
        return next((labels for name in copies if (labels := self.said[name].get(file, ()))), ())

    def _ballots(self) -> Ballots:
        place = {label: at for at, label in enumerate(self.labels)}
        sets: dict[tuple[int, ...], int] = {(at,): at for at in range(len(self.labels))}
        votes = []
        for song, file in enumerate(self.table.files):
            for at, source in enumerate(self.originals):
                if labels := self._counted(source, file):
                    votes.append((song, at, sets.setdefault(tuple(place[label] for label in labels), len(sets))))
        model = None
        if self.heard:
            model = np.full((len(self.table.files), len(self.labels)), np.nan)
            for song, file in enumerate(self.table.files):
                if file in self.heard:
                    model[song] = self.heard[file]
        rows = np.array(votes, dtype=np.int64).reshape(-1, 3)
        return Ballots(len(self.table.files), len(self.labels), len(self.originals), rows, list(sets), model)

    def _method(self, ballots: Ballots) -> Method:
        voices = np.bincount(ballots.votes[:, 0], minlength=ballots.songs) + ballots.heard
        active = len(np.unique(ballots.votes[:, 1]))
        if active + bool(self.heard) < (2 if self.heard else 3):
            return "equal_few_sources"
        return "estimated" if (voices >= 2).sum() >= _ENOUGH_SONGS else "equal_few_songs"

    def _verdict(self, song: int, file: str, result: Estimate, rows: Mapping[tuple[int, int], int]) -> Verdict:
        order = np.argsort(-result.posterior[song], kind="stable")
        voted = [source for source in self.originals if self._counted(source, file)]
        if not voted and file not in self.heard:
            return Verdict(file, "", (), self._says(song, file, result, rows, (0, 1)), ("no_votes",))
        posterior = tuple(GenreScore(self.labels[at], float(result.posterior[song, at])) for at in order)
        says = self._says(song, file, result, rows, (int(order[0]), int(order[min(1, len(order) - 1)])))
        return Verdict(file, posterior[0].id, posterior, says, self._review(file, posterior, voted))

    def _review(self, file: str, posterior: Sequence[GenreScore], voted: Sequence[str]) -> tuple[ReviewReason, ...]:
        found: list[ReviewReason] = []
        if posterior[0].probability <= self.threshold:
            found.append("below")
        if len(posterior) > 1 and posterior[0].probability - posterior[1].probability < _TIE:
            found.append("tie")
        reliable = [
            set(self._counted(source, file))
            for source in voted
            if self.known[source] >= _RELIABLE and len(self.said[source]) >= _RELIABLE_LABELS
        ]
        if any(not one & two for at, one in enumerate(reliable) for two in reliable[:at]):
            found.append("sources_disagree")
        if file in self.heard and self.heard[file].max() > SURE_ABOVE and self.first[file] != posterior[0].id:
            found.append("model_disagrees")
        return tuple(found)

    def _says(
        self,
        song: int,
        file: str,
        result: Estimate,
        rows: Mapping[tuple[int, int], int],
        between: tuple[int, int],
    ) -> tuple[Say, ...]:
        label, rival = between
        found: list[tuple[str, str, tuple[str, ...], float, bool, str]] = []
        for source, cells in self.table.said.items():
            if file not in cells:
                continue
            copy = self.copies.get(source)
            weight = 0.0
            if copy is None and (row := rows.get((song, self.originals.index(source)))) is not None:
                weight = float(result.said[row, label] - result.said[row, rival])
            meaning = self.meaning[cells[file]]
            found.append((source, meaning.written, meaning.labels, weight, False, copy.of if copy else ""))
        if file in self.heard:
            weight = float(result.model_said[song, label] - result.model_said[song, rival])
            found.append((MODEL, self.first[file], (self.first[file],), weight, True, ""))
        total = sum(abs(weight) for *_, weight, _, _ in found)
        return tuple(
            Say(
                source, written, labels, round(weight, 4), round(abs(weight) / total if total else 0.0, 4), is_model, of
            )
            for source, written, labels, weight, is_model, of in found
        )

    def _reports(self, ballots: Ballots, result: Estimate) -> tuple[SourceReport, ...]:
        place = {file: at for at, file in enumerate(self.table.files)}
        index = {label: at for at, label in enumerate(self.labels)}
        reports = []
        for source, cells in self.said.items():
            hits = [
                sum(result.posterior[place[file], index[label]] for label in labels) for file, labels in cells.items()
            ]
            copy = self.copies.get(source)
            only = set(cells.values())
            reports.append(
                SourceReport(
                    source,
                    len(cells),
                    round(self.known[copy.of if copy else source], 4),
                    round(float(np.mean(hits)) if hits else 0.0, 4),
                    self._confusions(cells, result.posterior, place),
                    next(iter(only))[0]
                    if len(only) == 1 and len(next(iter(only))) == 1 and len(cells) >= _ONE_LABEL
                    else "",
                    sum(self.meaning[cell].kind == "unknown" for cell in self.table.said[source].values()),
                    copy,
                )
            )
        if self.heard:
            first = {file: (label,) for file, label in self.first.items()}
            right = float(np.mean([result.posterior[place[file], index[label]] for file, (label,) in first.items()]))
            reports.append(
                SourceReport(
                    MODEL, len(first), round(result.model_known or 0.0, 4), round(right, 4),
                    self._confusions(first, result.posterior, place), is_model=True,
                )
            )  # fmt: skip
        return tuple(reports)

    def _confusions(
        self, cells: Mapping[str, tuple[str, ...]], posterior: Floats, place: Mapping[str, int]
    ) -> tuple[Confusion, ...]:
        """The pairs that stand for most songs; only what a single label says."""
        meant = np.zeros(len(self.labels))
        pairs: dict[str, Floats] = {}
        for file, labels in cells.items():
            meant += posterior[place[file]]
            if len(labels) == 1:
                pairs.setdefault(labels[0], np.zeros(len(self.labels)))
                pairs[labels[0]] = pairs[labels[0]] + posterior[place[file]]
        found = [
            (float(count), Confusion(said, label, round(float(count / meant[at]), 4)))
            for said, counts in pairs.items()
            for at, (label, count) in enumerate(zip(self.labels, counts, strict=True))
            if said != label and count >= _CONFUSED
        ]
        found.sort(key=lambda pair: (-pair[0], pair[1].said, pair[1].meant))
        return tuple(confusion for _, confusion in found[:_MOST_CONFUSED])

    def _unknown(self) -> Counter[str]:
        cells = (cell for row in self.table.said.values() for cell in row.values())
        return Counter(cell for cell in cells if self.meaning[cell].unknown)

    def _names(self) -> list[str]:
        return [self.meaning[name].written for name, _ in self._unknown().most_common(20)]
