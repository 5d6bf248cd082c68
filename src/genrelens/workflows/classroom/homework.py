"""Homework: students hand in audio, a genre that they claim and their reasons; each gets feedback to discuss, no grade.

The model is one more listener, and it can be wrong: it says what it hears and how sure it is, what of the reasons the
sound bears out, and asks two questions. Everything here is frozen values; `sentences.homework` words them, `sheets`
lays them out. A piece that fails or is not found is a row like every other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from genrelens.audio.song import SongReader, read_song
from genrelens.audio.windows import listen
from genrelens.insight.similar import SAME_RECORDING_ABOVE, likeness
from genrelens.listening.analysis import Analysis, ModelInfo
from genrelens.listening.analyze import Decoder
from genrelens.listening.model import Model
from genrelens.workflows.arbitration.names import Meaning, meanings
from genrelens.workflows.classroom.handed_in import Handed, HandedIn, LeftOut
from genrelens.workflows.classroom.pairing import How, Pair, pair_up
from genrelens.workflows.classroom.piece import HOMEWORK, Asked, Piece, hear_pieces, not_ruled_out
from genrelens.workflows.classroom.questions import Question, question, questions_of
from genrelens.workflows.classroom.reasons import Echo, echoes_of
from genrelens.workflows.classroom.roster import Entry

__all__ = ["AGREEMENTS", "Agreement", "Cause", "ClassFeedback", "Feedback", "MixedUp", "Shared", "homework"]

Agreement = Literal["agrees", "possible", "differs", "open"]
"""The model hears the claim first; it does not rule it out; it hears something else; or it cannot judge, and `Cause`
says why."""
AGREEMENTS: Final[tuple[Agreement, ...]] = ("agrees", "possible", "differs", "open")
Cause = Literal["", "no_file", "ambiguous", "failed", "silent", "not_music", "no_claim", "unknown_claim"]

_QUESTIONS: Final = 2
_SAME_LENGTH_S: Final = 2.0
"""How far the lengths of two encodings of a recording may differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Feedback:
    """What one row of the roster gets.

    Attributes:
        entry: The row.
        how: How its file was found, or why not.
        candidates: The files that fit equally well, where several do.
        piece: What was heard; None where there is no file.
        meaning: What the claim means to the model: a sub-genre is one of its genres.
        agreement: Whether the model hears what was claimed.
        cause: Why it cannot judge; "" where it can.
        echoes: What the sound says to the reasons.
        questions: Two to discuss.
    """

    entry: Entry
    how: How
    candidates: tuple[str, ...]
    piece: Piece | None
    meaning: Meaning
    agreement: Agreement
    cause: Cause
    echoes: tuple[Echo, ...]
    questions: tuple[Question, ...]

    @property
    def claimed(self) -> tuple[str, ...]:
        """The genres that the claim names, the model's ids."""
        return _genres(self.meaning)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        analysis = self.piece.analysis if self.piece else None
        error = self.piece.error if self.piece else None
        return {
            "line": self.entry.line,
            "student": self.entry.student,
            "file": self.piece.name if self.piece else None,
            "found_by": self.how,
            "candidates": list(self.candidates),
            "claimed": self.entry.claimed,
            "claimed_genres": list(self.claimed),
            "claimed_near": list(self.meaning.near),
            "agreement": self.agreement,
            "cause": self.cause or None,
            "heard": analysis and analysis.to_dict(),
            "error": error and error.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class MixedUp:
    """A genre that was claimed where the model heard another one, and who did."""

    claimed: str
    heard: str
    students: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """Students with one piece: the very same file, or most likely the same recording."""

    students: tuple[str, ...]
    same: Literal["file", "recording"]


@dataclass(frozen=True, slots=True, eq=False)
class ClassFeedback:
    """The homework of a class.

    Attributes:
        feedback: A row each, in the order of the roster.
        mixed_up: What was taken for what, the most frequent first.
        shared: Who shares a piece.
        extra: Names of files that are nobody's.
        left_out: What was in the archive and not taken.
        model: Which model listened.
    """

    feedback: tuple[Feedback, ...]
    mixed_up: tuple[MixedUp, ...]
    shared: tuple[Shared, ...]
    extra: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    model: ModelInfo

    @property
    def counts(self) -> dict[Agreement, int]:
        """How many rows of each agreement."""
        found = Counter(one.agreement for one in self.feedback)
        return {agreement: found[agreement] for agreement in AGREEMENTS}

    @property
    def failed(self) -> tuple[Feedback, ...]:
        """Rows without an answer: no file, several, or one that could not be heard."""
        return tuple(one for one in self.feedback if one.cause in ("no_file", "ambiguous", "failed"))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "schema_version": 1,
            "counts": dict(self.counts),
            "feedback": [one.to_dict() for one in self.feedback],
            "mixed_up": [
                {"claimed": some.claimed, "heard": some.heard, "students": list(some.students)}
                for some in self.mixed_up
            ],
            "shared": [{"students": list(some.students), "same": some.same} for some in self.shared],
            "extra": list(self.extra),
            "left_out": [{"name": one.name, "cause": one.cause} for one in self.left_out],
        }


def homework(
    model: Model,
    entries: Sequence[Entry],
    handed: HandedIn,
    *,
    decoder: Decoder = listen,
    reader: SongReader = read_song,
    step: Callable[[int, int], None] | None = None,
) -> ClassFeedback:
    """Hear a class's homework.

    Args:
        model: From `load_model`.
        entries: From `read_roster`.
        handed: From `open_handed_in`, while it is open.
        decoder: What decodes windows; `DecodePool.listen` does it in a child process with limits.
        reader: What reads longer parts; `DecodePool.read_song` likewise.
        step: Told how many pieces are heard of how many, also between; what it raises ends it.
    """
    pairs, extra = pair_up(entries, handed.files)
    meant = meanings([entry.claimed for entry in entries], model.bundle.labels)
    heard = dict(_hear(model, pairs, meant, decoder, reader, step))
    rows = tuple(_feedback(model, pair, meant[pair.entry.claimed], heard.get(id(pair.file))) for pair in pairs)
    bundle = model.bundle
    return ClassFeedback(
        feedback=rows,
        mixed_up=_mixed_up(rows),
        shared=_shared(rows),
        extra=tuple(file.name for file in extra),
        left_out=handed.left_out,
        model=ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated),
    )


def _hear(
    model: Model,
    pairs: Sequence[Pair],
    meant: Mapping[str, Meaning],
    decoder: Decoder,
    reader: SongReader,
    step: Callable[[int, int], None] | None,
) -> Iterator[tuple[int, Piece]]:
    """Each file once, whoever handed it in."""
    files: dict[int, Handed] = {id(pair.file): pair.file for pair in pairs if pair.file is not None}
    claims = {id(pair.file): _genres(meant[pair.entry.claimed]) for pair in reversed(pairs)}
    done = 0

    def check() -> None:
        if step is not None:
            step(done, len(files))

    asked = [Asked(file.path, file.name, claims[key]) for key, file in files.items()]
    for key, piece in zip(
        files, hear_pieces(model, asked, HOMEWORK, decoder=decoder, reader=reader, step=check), strict=True
    ):
        done += 1
        check()
        yield key, piece


def _genres(meaning: Meaning) -> tuple[str, ...]:
    return meaning.labels if meaning.kind == "genres" else ()


def _feedback(model: Model, pair: Pair, meaning: Meaning, piece: Piece | None) -> Feedback:
    claimed = _genres(meaning)
    agreement, cause = _judged(pair, piece, claimed)
    echoes = echoes_of(pair.entry.reasons, piece, model.bundle.tags) if piece is not None else ()
    asked = _questions(pair.entry, piece, claimed, agreement)
    return Feedback(pair.entry, pair.how, pair.candidates, piece, meaning, agreement, cause, echoes, asked)


def _judged(pair: Pair, piece: Piece | None, claimed: Sequence[str]) -> tuple[Agreement, Cause]:
    if piece is None:
        return "open", "ambiguous" if pair.how == "ambiguous" else "no_file"
    if (unheard := _unheard(piece)) != "":
        return "open", unheard
    if not claimed:
        return "open", "unknown_claim" if pair.entry.claimed else "no_claim"
    found = piece.analysis
    assert found is not None
    if found.top[0].id in claimed:
        return "agrees", ""
    return ("possible" if not_ruled_out(found) & set(claimed) else "differs"), ""


def _unheard(piece: Piece) -> Cause:
    found = piece.analysis
    if found is None:
        return "failed"
    if not found.top:
        return "silent"
    return "not_music" if found.tier == "not_music" else ""


def _questions(entry: Entry, piece: Piece | None, claimed: Sequence[str], agreement: Agreement) -> tuple[Question, ...]:
    """Two: about the claim first, then what is the piece's own."""
    asked = list(_of_claim(entry, piece, claimed, agreement))
    own = questions_of(piece, 6) if piece is not None else ()
    for one in own:
        # Where a claim stands against what was heard, "between" would ask the same again.
        if one.code not in {known.code for known in asked} and (agreement == "agrees" or one.code != "between"):
            asked.append(one)
    return tuple(asked[:_QUESTIONS])


def _of_claim(entry: Entry, piece: Piece | None, claimed: Sequence[str], agreement: Agreement) -> Iterator[Question]:
    heard = piece.genre if piece is not None else None
    if not entry.reasons:
        yield question("no_reasons", {"genre": claimed[0]} if claimed else {})
    if heard is not None and claimed and agreement in ("possible", "differs"):
        yield question("convince", {"genre": claimed[0], "rival": heard})
        yield question("neighbour", {"genre": claimed[0], "rival": heard})
    elif claimed and agreement == "open":
        yield question("card", {"genre": claimed[0]})
        yield question("persuade", {"genre": claimed[0]})
    elif agreement == "open":
        yield question("which_genre")
        yield question("listen_for")


def _mixed_up(rows: Sequence[Feedback]) -> tuple[MixedUp, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in rows:
        if one.agreement in ("possible", "differs") and one.piece is not None and one.piece.genre is not None:
            found.setdefault((one.claimed[0], one.piece.genre), []).append(one.entry.student)
    some = [MixedUp(claimed, heard, tuple(students)) for (claimed, heard), students in found.items()]
    return tuple(sorted(some, key=lambda one: (-len(one.students), one.claimed, one.heard)))


def _shared(rows: Sequence[Feedback]) -> tuple[Shared, ...]:
    """Groups of students whose pieces are one, by content and by how they sound."""
    groups: list[tuple[list[str], Analysis, Literal["file", "recording"]]] = []
    for one in rows:
        found = one.piece.analysis if one.piece is not None else None
        if found is None or not found.top:
            continue
        for index, (students, first, same) in enumerate(groups):
            if alike := _alike(first, found):
                kind: Literal["file", "recording"] = "file" if same == alike == "file" else "recording"
                groups[index] = ([*students, one.entry.student], first, kind)
                break
        else:
            groups.append(([one.entry.student], found, "file"))
    unique = ((tuple(dict.fromkeys(students)), same) for students, _, same in groups)
    return tuple(Shared(students, same) for students, same in unique if len(students) > 1)


def _alike(one: Analysis, other: Analysis) -> Literal["", "file", "recording"]:
    if one.source.sha256 == other.source.sha256:
        return "file"
    near = abs(one.source.duration_s - other.source.duration_s) <= _SAME_LENGTH_S
    if near and one.embedding is not None and other.embedding is not None:
        return "recording" if likeness(one.embedding, other.embedding[None])[0] >= SAME_RECORDING_ABOVE else ""
    return ""
