"""A piece for the classroom: its answer, listening notes, sections and evidence, from no more of it than they need.

A class hands in fifty pieces at once, so how much of each is heard is bounded (`Depth`): notes are those of the seconds
around the window that speaks most for the genre, and every sheet says which seconds. What fails for one piece stands in
its place; what fails after the answer (a part that cannot be decoded) leaves the answer standing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from genrelens.audio.song import Song, SongReader, read_song
from genrelens.audio.windows import listen
from genrelens.errors import GenreLensError, as_expected
from genrelens.insight.evidence import Evidence, evidence, strongest_start
from genrelens.insight.notes import Notes, listening_notes
from genrelens.insight.timeline import Timeline, listen_along, timeline
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import Decoder, analyze
from genrelens.listening.model import Model

__all__ = ["HOMEWORK", "LESSON", "SURE", "Asked", "Depth", "Piece", "hear_piece", "hear_pieces", "not_ruled_out"]


@dataclass(frozen=True, slots=True)
class Depth:
    """How much of a piece is looked at.

    Attributes:
        read_s: Seconds that are decoded, around the window that speaks most for the genre.
        notes_s: Seconds of these from which tempo, metre, key and the like are noted.
        hop_s: Seconds from window to window of the timeline; None: no timeline.
    """

    read_s: float
    notes_s: float
    hop_s: float | None


HOMEWORK: Final = Depth(80.0, 80.0, None)
"""About half a second a piece: the question is whether one claim holds."""
LESSON: Final = Depth(360.0, 80.0, 4.8)
"""About 1.5 s for four minutes; at 4.8 s the sections of our pieces are those of 2.4 s, at 8 s no longer."""
SURE: Final = ("sure", "likely")
"""Tiers in which a genre may be told as a fact."""
_THREADS: Final = 2
"""Pieces at a time: one is decoded in a child process while the network hears another."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A piece to hear.

    Attributes:
        path: Where it lies here.
        name: What its owner calls it; harmless.
        claims: Genres that somebody hears in it, the model's ids; the evidence is for the first of them that the model
            does not rule out.
    """

    path: Path
    name: str
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What was heard of a piece.

    Attributes:
        name: As its owner calls it.
        answer: Its analysis, or what went wrong.
        notes: Of the part around the evidence; None where there is nothing to note.
        evidence: For one genre in its strongest window; None for what is no music.
        timeline: Its sections; None where none was asked for.
    """

    name: str
    answer: Analysis | GenreLensError
    notes: Notes | None = None
    evidence: Evidence | None = None
    timeline: Timeline | None = None

    @property
    def analysis(self) -> Analysis | None:
        """The answer, where there is one."""
        return None if isinstance(self.answer, GenreLensError) else self.answer

    @property
    def error(self) -> GenreLensError | None:
        """What went wrong, where something did."""
        return self.answer if isinstance(self.answer, GenreLensError) else None

    @property
    def genre(self) -> str | None:
        """The likeliest genre; None for silence, for what is no music and for what failed."""
        found = self.analysis
        return found.top[0].id if found is not None and found.top and found.tier != "not_music" else None


def hear_pieces(
    model: Model,
    asked: Sequence[Asked],
    depth: Depth,
    *,
    decoder: Decoder = listen,
    reader: SongReader = read_song,
    step: Callable[[], None] | None = None,
) -> Iterator[Piece]:
    """Hear pieces, two at a time, and give them in their order.

    Args:
        model: From `load_model`.
        asked: What to hear.
        depth: How much of each.
        decoder: What decodes windows; `DecodePool.listen` does it in a child process with limits.
        reader: What reads longer parts; `DecodePool.read_song` likewise.
        step: Called before every piece and inside; what it raises ends the hearing.
    """
    rest = iter(asked)
    waiting: deque[Future[Piece]] = deque()
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="classroom")
    try:
        while True:
            while len(waiting) < 2 * _THREADS and (one := next(rest, None)) is not None:
                waiting.append(pool.submit(hear_piece, model, one, depth, decoder=decoder, reader=reader, step=step))
            if not waiting:
                return
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def hear_piece(
    model: Model,
    asked: Asked,
    depth: Depth,
    *,
    decoder: Decoder = listen,
    reader: SongReader = read_song,
    step: Callable[[], None] | None = None,
) -> Piece:
    """Hear one piece; what is wrong with it stands in its place. `hear_pieces` says what each argument means."""
    check = _passing(step)
    check()
    try:
        found = analyze(model, asked.path, decoder=decoder)
    except Exception as error:
        return Piece(asked.name, as_expected(error))
    found = replace(found, source=replace(found.source, name=asked.name))
    piece = Piece(asked.name, found)
    if not found.top:
        return piece
    check()
    try:
        return _looked_into(model, asked, piece, found, depth, reader, check)
    except Exception as error:
        as_expected(error)  # logs a bug of ours
        return piece  # the answer stands; the part could not be read


def _looked_into(
    model: Model,
    asked: Asked,
    piece: Piece,
    found: Analysis,
    depth: Depth,
    reader: SongReader,
    check: Callable[[], None],
) -> Piece:
    label = _label(asked, found)
    at = strongest_start(found, label)
    start_s, end_s = _around(at, depth.read_s, found.source.duration_s, model.bundle.window_s)
    song = reader(asked.path, sample_rate=model.bundle.sample_rate, start_s=start_s, end_s=end_s)
    song = replace(song, source=replace(song.source, name=asked.name))
    check()
    noted = _around(at, depth.notes_s, found.source.duration_s, model.bundle.window_s)
    notes = listening_notes(song.part(*noted), analysis=found)
    piece = replace(piece, notes=notes)
    if found.tier == "not_music":
        return piece
    check()
    beats = notes.rhythm.beats_s if notes.rhythm is not None else ()
    seen = evidence(model, song, start_s=min(at, song.end_s - 0.1), label=label, beats_s=beats)
    return replace(piece, evidence=seen, timeline=_timeline(model, song, depth, check))


def _timeline(model: Model, song: Song, depth: Depth, check: Callable[[], None]) -> Timeline | None:
    if depth.hop_s is None:
        return None
    along = listen_along(model, song, hop_s=depth.hop_s, step=lambda _share: check())
    return timeline(model, song, along=along)


def not_ruled_out(found: Analysis) -> set[str]:
    """The genres that may well be true: what the model hears first, and its prediction set."""
    return {found.top[0].id, *found.prediction_set}


def _label(asked: Asked, found: Analysis) -> str:
    """The claim that the model does not rule out, else what it hears first."""
    possible = not_ruled_out(found)
    return next((claim for claim in asked.claims if claim in possible), found.top[0].id)


def _around(at_s: float, length_s: float, duration_s: float, window_s: float) -> tuple[float, float]:
    """A span of `length_s` around a window, moved where it would leave the piece."""
    start = max(0.0, min(at_s + window_s / 2 - length_s / 2, duration_s - length_s))
    return start, min(duration_s, start + length_s)


class _Ended(BaseException):
    """What `step` raised, on its way past the handlers of failures."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__()
        self.reason = reason


def _passing(step: Callable[[], None] | None) -> Callable[[], None]:
    def check() -> None:
        if step is not None:
            try:
                step()
            except BaseException as reason:
                raise _Ended(reason) from reason

    return check


def _result(heard: Future[Piece]) -> Piece:
    try:
        return heard.result()
    except _Ended as ended:
        raise ended.reason from None
