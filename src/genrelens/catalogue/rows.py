"""What is read out of a catalogue: a file with its answer and its decision, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from genrelens.listening.analysis import GenreScore, ModelInfo
from genrelens.taxonomy import genres_named

__all__ = ["NOT_MUSIC", "CatalogueRow", "Decision", "DecisionKind", "RowFilter", "State"]

State = Literal["waiting", "done", "failed"]

DecisionKind = Literal["accept", "second", "other", "not_music", "skip", "settle"]
"""What a person did: took the first genre, the second, another one, said that it is no music, left it open, or settled
what others disagree on."""

NOT_MUSIC: Final = "not-music"
"""The verdict of a decision that a file is no music; any other is a label."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about the bytes of a file.

    Attributes:
        id: Of the decision, rising with time.
        sha256: Of the file.
        person: Who decided.
        at: When, in seconds since 1970 (UTC).
        kind: What was done.
        verdict: A label, `NOT_MUSIC`, or "" for `skip`.
        model: Id of the model whose answer was looked at.
        batch: Names a bulk decision, so that it can be undone together; "" for a single one.
        undone_at: When it was taken back, in seconds since 1970 (UTC); None while it stands.
    """

    id: int
    sha256: str
    person: str
    at: float
    kind: DecisionKind
    verdict: str
    model: int
    batch: str = ""
    undone_at: float | None = None


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A file of the catalogue as one model heard it.

    Attributes:
        path: As `catalogue.paths.to_text` writes it.
        sha256: Of its bytes; "" where it could not be read.
        size: In bytes.
        copy_of: Path of the first file with the same bytes; "" where this is the first.
        state: `waiting` until there is an answer; `failed` with `error` and `message`.
        error: Code of what went wrong; "" where nothing did.
        message: What happened.
        model: Which model answered; None where none was asked.
        model_id: Its id in the catalogue; None likewise.
        top: All labels with their probabilities, descending; empty for silence and without an answer.
        tier: As in `Analysis`; "" without an answer.
        mix_index: As in `Analysis`.
        not_music: As in `Analysis`.
        prediction_set: As in `Analysis`.
        health: Codes of the findings, the worst first.
        tags: Ids of instruments and voices.
        doubtful_s: Where the 15 s begin that speak least for the first genre, seconds.
        duration_s: Length of the sound.
        genre_tag: What the file's own tags say.
        answered_at: When, in seconds since 1970 (UTC); None without an answer.
        decision: The latest decision that stands and is no skip; None where there is none.
    """

    path: str
    sha256: str
    size: int
    copy_of: str
    state: State
    error: str
    message: str
    model: ModelInfo | None
    model_id: int | None
    top: tuple[GenreScore, ...] = ()
    tier: str = ""
    mix_index: float | None = None
    not_music: float | None = None
    prediction_set: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    doubtful_s: float = 0.0
    duration_s: float | None = None
    genre_tag: str = ""
    answered_at: float | None = None
    decision: Decision | None = None

    @property
    def genre(self) -> str:
        """The likeliest label; "" without one."""
        return self.top[0].id if self.top else ""

    @property
    def probability(self) -> float:
        """Of the likeliest label; 0 without one."""
        return self.top[0].probability if self.top else 0.0

    @property
    def counts_as(self) -> str:
        """What a person decided, else `NOT_MUSIC` or the likeliest label; "" for silence and without an answer."""
        return self.decision.verdict if self.decision else NOT_MUSIC if self.tier == "not_music" else self.genre

    @property
    def agrees(self) -> Literal["yes", "no", ""]:
        """Whether the file's own genre tag names the first genre; "" where one of them is missing or none of ours."""
        said = genres_named(self.genre_tag)
        if not said or not self.top or self.tier == "not_music":
            return ""
        return "yes" if self.genre in said else "no"


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are wanted; what is left out asks for nothing.

    Attributes:
        tiers: Only these tiers.
        genres: Only where one of these is the likeliest.
        states: Only these states.
        under: Only files in this folder, as `to_text` writes it.
        text: Only paths or genre tags that hold this, whatever the case.
        decided: True: only with a decision; False: only without.
        not_by: Only what this person has not decided or skipped.
        answered_since: Seconds since 1970 (UTC).
        probability: (least, most) of the likeliest genre.
        sha256s: Only these contents.
        first_copies: Leave out further copies of the same bytes.
    """

    tiers: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    under: str = ""
    text: str = ""
    decided: bool | None = None
    not_by: str = ""
    answered_since: float | None = None
    probability: tuple[float, float] | None = None
    sha256s: tuple[str, ...] | None = None
    first_copies: bool = False
