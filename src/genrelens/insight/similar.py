"""What sounds like a song: neighbours by embedding, copies named, filtered by tempo and by keys that mix.

For a DJ's next track and for finding duplicates. Likeness is the cosine of two embeddings as they are: on `validation`
centring, scaling or whitening them found no better neighbours (`python -m benchmarks.similar`). A song whose tempo or
key is unknown is neither kept nor dropped by a filter, but listed as not judged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import AudioError, BundleError, GenreLensError, UsageError
from genrelens.insight.description import Candidate, Description
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo

__all__ = [
    "SAME_LENGTH_S",
    "SAME_RECORDING_ABOVE",
    "Filters",
    "Neighbour",
    "Similar",
    "keys_mix",
    "likeness",
    "similar",
    "tempo_distance",
]

SCHEMA_VERSION: Final = 1

SAME_RECORDING_ABOVE: Final = 0.93
"""Likeness from which two files of about one length are most likely one recording, encoded twice: just above the most
alike pair of different artists on `validation`, 0.924 of 95 000 pairs (`python -m benchmarks.similar`)."""
SAME_LENGTH_S: Final = 2.0
"""How far the lengths of two encodings of a recording may differ: codec padding, a trimmed pause."""

Judged = Literal["fits", "off", "unknown"]
Copy = Literal["file", "recording"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a neighbour must fulfil.

    Attributes:
        bpm_within: Most beats a minute between the tempos, half and double counted as the same; None: any tempo.
        key_compatible: Whether the keys must mix.
    """

    bpm_within: float | None = None
    key_compatible: bool = False

    def __post_init__(self) -> None:
        if self.bpm_within is not None and not 0 <= self.bpm_within <= 100:
            raise UsageError("FILTER_INVALID", f"a tempo cannot be within {self.bpm_within:g} BPM of another")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One candidate beside the song.

    Attributes:
        path: As it was named.
        likeness: -1 to 1; None where the file failed.
        copy: "file": the same bytes; "recording": most likely the same recording, encoded again; None: neither.
        tempo: How it stands to the tempo filter; None where there is none.
        key: How it stands to the key filter; None where there is none.
        top: Its likeliest genres.
        tier: How sure that is; None where the file failed.
        description: Tempo, key, energy and brightness as far as known.
        error: What went wrong with the file.
        duration_s: Length of the sound, in seconds; None where the file failed.
    """

    path: str
    likeness: float | None
    copy: Copy | None
    tempo: Judged | None
    key: Judged | None
    top: tuple[GenreScore, ...]
    tier: str | None
    description: Description
    error: GenreLensError | None = None
    duration_s: float | None = None

    @property
    def judged(self) -> Judged:
        """The verdict of all filters: "off" where one says so, else "unknown" where one cannot say."""
        verdicts = {self.tempo, self.key}
        return "off" if "off" in verdicts else "unknown" if "unknown" in verdicts else "fits"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return {
            "path": self.path.encode("utf-8", "replace").decode("utf-8"),
            "likeness": self.likeness,
            "copy": self.copy,
            "tempo": self.tempo,
            "key": self.key,
            "top": [asdict(score) for score in self.top],
            "tier": self.tier,
            "description": self.description.to_dict(),
            "error": None if self.error is None else self.error.to_dict(),
            "duration_s": self.duration_s,
        }


@dataclass(frozen=True, slots=True)
class Similar:
    """The neighbours of one song, each list with the nearest first.

    Attributes:
        path: The song.
        description: Of the song.
        filters: What was asked for.
        neighbours: What passes the filters, copies included.
        not_judged: What a filter can say nothing about, because a tempo or key is unknown - its own or the song's.
        left_out: What a filter left out.
        failed: Files that could not be heard.
        model: Which model answered.
    """

    path: str
    description: Description
    filters: Filters
    neighbours: tuple[Neighbour, ...]
    not_judged: tuple[Neighbour, ...]
    left_out: tuple[Neighbour, ...]
    failed: tuple[Neighbour, ...]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        lists = ("neighbours", "not_judged", "left_out", "failed")
        return {
            "schema_version": SCHEMA_VERSION,
            "path": self.path.encode("utf-8", "replace").decode("utf-8"),
            "description": self.description.to_dict(),
            "filters": asdict(self.filters),
            **{name: [item.to_dict() for item in getattr(self, name)] for name in lists},
            "model": asdict(self.model),
        }


def similar(song: Candidate, candidates: Iterable[Candidate], filters: Filters | None = None) -> Similar:
    """Sort candidates by likeness to a song.

    Args:
        song: From `gather`; with a tempo or key filter gathered with `tempo` or `key`.
        candidates: The same; the song itself, under the same path, is passed over.
        filters: None: no filter.

    Raises:
        GenreLensError: The song's own error where it failed, `AUDIO_SILENT` where it is silent, and
            `BUNDLE_NO_EMBEDDING` where the model has no embedding.
    """
    filters = filters or Filters()
    answer = _audible(song.answer)
    embedding = _embedding(answer)
    itself = os.path.realpath(song.path)
    others = [
        _neighbour(song, answer, embedding, item, filters)
        for item in candidates
        if os.path.realpath(item.path) != itself
    ]
    heard = sorted((item for item in others if item.error is None), key=lambda item: -(item.likeness or 0.0))
    by_verdict = {
        verdict: tuple(item for item in heard if item.judged == verdict) for verdict in ("fits", "unknown", "off")
    }
    return Similar(
        path=song.path,
        description=song.description,
        filters=filters,
        neighbours=by_verdict["fits"],
        not_judged=by_verdict["unknown"],
        left_out=by_verdict["off"],
        failed=tuple(item for item in others if item.error is not None),
        model=answer.model,
    )


def likeness(embedding: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of one embedding [d] with others [n, d]: float64 [n], -1 to 1; 0 for an embedding of zeros."""
    one, many = embedding.astype(np.float64), others.astype(np.float64)
    lengths = np.linalg.norm(many, axis=1) * np.linalg.norm(one)
    cosines: NDArray[np.float64] = np.divide(many @ one, lengths, out=np.zeros(len(many)), where=lengths > 0)
    return np.clip(cosines, -1.0, 1.0)


def tempo_distance(one: Description, other: Description) -> float | None:
    """Beats a minute between two tempos, the other halved or doubled where that is nearer; None where one is unknown.

    Where half or double of a song's own tempo was named as its alternative, the alternative is among these anyway.
    """
    if one.tempo_bpm is None or other.tempo_bpm is None:
        return None
    return min(abs(other.tempo_bpm * factor - one.tempo_bpm) for factor in (0.5, 1.0, 2.0))


def keys_mix(one: str, other: str) -> bool:
    """Whether two places on the Camelot wheel mix: the same, its relative, or one step to either side.

    Raises:
        ValueError: One is no place on the wheel ("8A", "12B").
    """
    places = [re.fullmatch(r"(1[0-2]|[1-9])([AB])", text) for text in (one, other)]
    if places[0] is None or places[1] is None:
        raise ValueError(f"{one!r} or {other!r} is no place on the Camelot wheel")
    steps = (int(places[0][1]) - int(places[1][1])) % 12
    same_mode = places[0][2] == places[1][2]
    return steps == 0 or (same_mode and steps in (1, 11))


def _neighbour(
    song: Candidate, answer: Analysis, embedding: NDArray[np.float32], item: Candidate, filters: Filters
) -> Neighbour:
    try:
        other = _audible(item.answer)
    except GenreLensError as error:
        return Neighbour(item.path, None, None, None, None, (), None, item.description, error)
    alike = float(likeness(embedding, _embedding(other)[None])[0])
    same_length = abs(other.source.duration_s - answer.source.duration_s) <= SAME_LENGTH_S
    copy: Copy | None = "recording" if alike >= SAME_RECORDING_ABOVE and same_length else None
    if other.source.sha256 == answer.source.sha256:
        copy = "file"
    found = Neighbour(item.path, round(alike, 4), copy, None, None, other.top5, other.tier, item.description)
    return replace(
        found,
        duration_s=other.source.duration_s,
        tempo=_tempo_verdict(song.description, item.description, filters),
        key=_key_verdict(song.description, item.description, filters),
    )


def _tempo_verdict(one: Description, other: Description, filters: Filters) -> Judged | None:
    if filters.bpm_within is None:
        return None
    distance = tempo_distance(one, other)
    return "unknown" if distance is None else "fits" if distance <= filters.bpm_within else "off"


def _key_verdict(one: Description, other: Description, filters: Filters) -> Judged | None:
    if not filters.key_compatible:
        return None
    if one.camelot is None or other.camelot is None:
        return "unknown"
    return "fits" if keys_mix(one.camelot, other.camelot) else "off"


def _audible(answer: Analysis | GenreLensError) -> Analysis:
    if isinstance(answer, GenreLensError):
        raise answer
    if not answer.top:
        raise AudioError("AUDIO_SILENT", "the recording is silent: nothing sounds like it")
    return answer


def _embedding(answer: Analysis) -> NDArray[np.float32]:
    if answer.embedding is None:
        raise BundleError("BUNDLE_NO_EMBEDDING", f"the model {answer.model.name!r} has no embedding to compare")
    return answer.embedding
