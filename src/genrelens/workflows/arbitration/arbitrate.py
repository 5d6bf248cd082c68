"""Several sources say what genre a song is and disagree: what it is, how sure that is, why, and who should look.

What is estimated, and how: each source's errors and each song's genre together, by Dawid & Skene's model of 1979 (EM by
crowd-kit, with pseudo-counts: `reliability.py`); the model is one more voter whose whole calibrated distribution
counts. Copies count once (`copies.py`). The posterior holds as far as the model's assumption does: that sources err
independently of each other, given the genre. Real ones do not, which would make it far too sure, so it is blunted until
it foretells the votes (`sharpness.py`); `benchmarks/arbitrate.py` says how sure it then is, and how often right, on
simulated sources. Where there is too little to estimate from, every source counts the same, a majority vote in which
the model has its say, and the answer tells so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.errors import PolicyError
from genrelens.listening.analysis import GenreScore
from genrelens.taxonomy import GENRES
from genrelens.workflows.arbitration.answer import (
    Arbitration,
    Confusion,
    Method,
    ReviewReason,
    Say,
    Side,
    SourceReport,
    UnknownName,
    Verdict,
)
from genrelens.workflows.arbitration.copies import find_copies
from genrelens.workflows.arbitration.names import meanings
from genrelens.workflows.arbitration.reliability import Ballots, Estimate, Floats, estimate
from genrelens.workflows.arbitration.table import LabelTable

__all__ = ["MODEL", "SURE_ABOVE", "arbitrate"]

MODEL: Final = "model"
"""Name of the model among the sources; a column of that name keeps its own and is told apart by `is_model`."""
SURE_ABOVE: Final = 0.85
"""Posterior above which nobody needs to look: that of the tier `sure`."""

_ENOUGH_SONGS: Final = 20
"""Songs with two voices or more, from which on reliabilities are estimated."""
_TIE: Final = 0.05
_RELIABLE: Final = 0.8
"""Share of the genres that a source must know to be taken for reliable."""
_RELIABLE_LABELS: Final = 20
_TELLS: Final = 0.3
"""Log likelihood by which a label must favour its best genre over the middle one to tell anything."""
_HARDLY_LESS: Final = 0.7
"""Log likelihood below its best genre from which on a label speaks against another: half as often."""
_CONFUSED: Final = 3.0
"""Expected songs from which on a confusion is told."""
_MOST_CONFUSED: Final = 3
_MOST_NAMED: Final = 10
"""Names that are told where none is known."""
_ONE_LABEL: Final = 10
"""Labels from which on a source is said to say one label only."""


def arbitrate(
    table: LabelTable,
    heard: Mapping[str, Mapping[str, float]] | None = None,
    *,
    labels: Sequence[str] | None = None,
    threshold: float = SURE_ABOVE,
    names: Mapping[str, str] | None = None,
) -> Arbitration:
    """Decide between sources.

    Args:
        table: Who wrote what.
        heard: File as the table has it -> label -> the model's probability; may lack files; None: without the model.
        labels: Those of a bundle; the sixteen genres when left out.
        threshold: Posterior above which nobody needs to look, 0 to 1.
        names: What names mean to the owner of the table, as from `names.read_names`.

    Raises:
        PolicyError: `ARBITRATE_NOT_INSTALLED`; `NAMES_INVALID`; `LABELS_UNKNOWN` where no cell means a label.
    """
    return _Case(table, heard or {}, labels, threshold, names or {}).decided()


class _Case:
    """One table on its way to an answer."""

    def __init__(
        self,
        table: LabelTable,
        heard: Mapping[str, Mapping[str, float]],
        labels: Sequence[str] | None,
        threshold: float,
        owners: Mapping[str, str],
    ) -> None:
        self.table, self.threshold = table, threshold
        names = [genre.id for genre in GENRES] if labels is None else list(labels)
        self.meaning = meanings([cell for row in table.said.values() for cell in row.values()], names, owners)
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
            unknown = ", ".join(name.written for name in self._unknown()[:_MOST_NAMED])
            told = f"; nobody knows {unknown}" if unknown else ""
            raise PolicyError("LABELS_UNKNOWN", f"no cell of the table means a genre{told}")
        self.first = {file: self.labels[int(shares.argmax())] for file, shares in self.heard.items()}
        found = find_copies(
            {source: {f: frozenset(g) for f, g in row.items()} for source, row in said.items()}, self.first
        )
        self.copies = {copy.source: copy for copy in found}
        # Who always says the same tells nothing.
        self.only = {source: label for source, row in said.items() if (label := _only_label(row))}
        self.originals = [source for source in said if source not in self.copies]
        self.place = {source: at for at, source in enumerate(self.originals)}

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
            self._unknown(),
            self.threshold,
            self.table.aside,
            self.table.repeated,
        )

    def _shares(self, distribution: Mapping[str, float]) -> Floats | None:
        shares = np.array([max(0.0, float(distribution.get(label, 0.0))) for label in self.labels])
        total = float(shares.sum())
        return shares / total if math.isfinite(total) and total > 0 else None

    def _speaker(self, source: str, file: str) -> str:
        """Who speaks for an original and its copies: itself, else the first copy that is not silent; "": nobody."""
        copies = (copy.source for copy in self.copies.values() if copy.of == source)
        return next((name for name in (source, *copies) if file in self.said[name]), "")

    def _counted(self, source: str, file: str) -> tuple[str, ...]:
        """What an original and its copies say of a file, as one voice."""
        speaker = self._speaker(source, file)
        return self.said[speaker][file] if speaker else ()

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
            return Verdict(file, "", (), self._says(song, file, result, rows, (0, 0)), ("no_votes",))
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
        found: list[Say] = []

        def add(source: str, written: str, labels: tuple[str, ...], row: Floats | None, model: bool, of: str) -> None:
            weight = 0.0 if row is None else round(float(row[label] - row[rival]), 4)
            side = "silent" if row is None or source in self.only else self._side(row, label, labels)
            found.append(Say(source, written, labels, weight, 0.0, side, model, of))

        for source, cells in self.table.said.items():
            if file not in cells:
                continue
            original = self.copies[source].of if source in self.copies else source
            speaks = self._speaker(original, file) == source
            meaning = self.meaning[cells[file]]
            row = result.said[rows[song, self.place[original]]] if speaks else None
            add(source, meaning.written, meaning.labels, row, False, "" if speaks or original == source else original)
        if file in self.heard:
            add(MODEL, self.first[file], (self.first[file],), result.model_said[song], True, "")
        total = sum(abs(say.weight) for say in found) or 1.0
        return tuple(replace(say, share=round(abs(say.weight) / total, 4)) for say in found)

    def _side(self, row: Floats, label: int, labels: tuple[str, ...]) -> Side:
        """For or against, from the log likelihoods of what was said under each genre."""
        logs = sorted(row.tolist())
        if logs[-1] - logs[len(logs) // 2] < _TELLS:
            return "silent"
        if self.labels[label] in labels:
            return "for"
        return "hint" if row[label] > logs[-1] - _HARDLY_LESS else "against"

    def _reports(self, ballots: Ballots, result: Estimate) -> tuple[SourceReport, ...]:
        place = {file: at for at, file in enumerate(self.table.files)}
        index = {label: at for at, label in enumerate(self.labels)}
        reports = []
        for source, cells in self.said.items():
            hits = [
                sum(result.posterior[place[file], index[label]] for label in labels) for file, labels in cells.items()
            ]
            copy = self.copies.get(source)
            reports.append(
                SourceReport(
                    source,
                    len(cells),
                    round(self.known[copy.of if copy else source], 4),
                    round(float(np.mean(hits)) if hits else 0.0, 4),
                    self._confusions(cells, result.posterior, place),
                    self.only.get(source, ""),
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

    def _unknown(self) -> tuple[UnknownName, ...]:
        meant = (self.meaning[cell] for row in self.table.said.values() for cell in row.values())
        counts = Counter(meaning for meaning in meant if meaning.unknown)
        return tuple(UnknownName(meaning.written, count, meaning.near) for meaning, count in counts.most_common())


def _only_label(row: Mapping[str, tuple[str, ...]]) -> str:
    """The one label that a source ever says; "" where it says several, or says too little to tell."""
    said = set(row.values())
    if len(row) < _ONE_LABEL or len(said) != 1:
        return ""
    labels = next(iter(said))
    return labels[0] if len(labels) == 1 else ""
