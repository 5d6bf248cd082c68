"""All that a tab of the page works with: the model, the decoders of strangers' files, uploads, results, jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from genrelens.audio.song import Song, SongReader
from genrelens.insight.description import Candidate
from genrelens.insight.table import TableRow
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import Decoder, analyze
from genrelens.listening.model import Model
from genrelens.studio.catalogue_looks import Looks
from genrelens.studio.jobs import Jobs
from genrelens.studio.made_sheets import MadeSheets
from genrelens.studio.results import Result, Results
from genrelens.studio.samples import Sample
from genrelens.studio.seats import Seats
from genrelens.studio.settled import Settled
from genrelens.studio.tables import Tables
from genrelens.studio.uploads import Uploads
from genrelens.workflows.classroom.homework import ClassFeedback
from genrelens.workflows.classroom.lesson_sheet import LessonSheet
from genrelens.workflows.policy import DEFAULT, Policy

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue

__all__ = ["Room"]


@dataclass(frozen=True, slots=True)
class Room:
    """One page's tools.

    Attributes:
        model: Gives the model, waiting until it is loaded.
        decoder: Decodes windows of strangers' files apart from this process.
        song_reader: The same for whole songs.
        uploads: Where uploads lie; a listener's go when its tab closes.
        samples: The examples to click.
        local: The page is served to this machine alone: what it says about privacy.
        results: What has been found.
        jobs: What is running.
        tables: What batches have found.
        pools: The candidates that were heard for briefs.
        sheets: What the classroom has made.
        settled: Labels of several sources, settled.
        catalogue: The catalogue that the page was opened with; None where there is none.
        policy: Which answers count as accepted, suggested, or to be reviewed.
        policy_name: Of its file; "" for the default.
        seats: Who reviews it.
        looks: What has been worked out of it.
    """

    model: Callable[[], Model]
    decoder: Decoder
    song_reader: SongReader
    uploads: Uploads
    samples: tuple[Sample, ...] = ()
    local: bool = True
    results: Results = field(default_factory=Results)
    jobs: Jobs = field(default_factory=Jobs)
    tables: Tables[TableRow] = field(default_factory=Tables)
    pools: Tables[Candidate] = field(default_factory=Tables)
    sheets: MadeSheets[ClassFeedback | LessonSheet] = field(default_factory=MadeSheets)
    settled: MadeSheets[Settled] = field(default_factory=MadeSheets)
    catalogue: Catalogue | None = None
    policy: Policy = DEFAULT
    policy_name: str = ""
    seats: Seats = field(default_factory=Seats)
    looks: Looks = field(default_factory=Looks)

    def analyse(self, path: Path, name: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """`analyze` of a stranger's file, under the name that its owner gave it."""
        analysis = analyze(self.model(), path, start_s=start_s, end_s=end_s, decoder=self.decoder)
        return replace(analysis, source=replace(analysis.source, name=name))

    def song(self, result: Result) -> Song:
        """The sound of a result, decoded at most once while it is used."""

        def decode() -> Song:
            song = self.song_reader(
                result.path,
                sample_rate=self.model().bundle.sample_rate,
                start_s=result.start_s,
                end_s=result.end_s,
            )
            return replace(song, source=replace(song.source, name=result.name))

        return self.results.song(result, decode)

    def leave(self, listener: str) -> None:
        """A tab closed: end its jobs, forget its results, delete its uploads."""
        self.jobs.cancel(listener)
        self.results.leave(listener)
        self.tables.leave(listener)
        self.pools.leave(listener)
        self.sheets.leave(listener)
        self.settled.leave(listener)
        self.uploads.leave(listener)
        self.seats.leave(listener)
        self.looks.tags.leave(listener)
