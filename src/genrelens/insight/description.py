"""What a brief and a DJ ask of a song beside its genre, measured cheaply: energy, brightness; on demand tempo and key.

Energy and brightness come from the seconds that were decoded for the genre anyway; tempo and key need half a minute in
one piece and cost a second, shorter decoding, so they are looked for only when somebody asks. What cannot be said is
None, and a reason is never made from it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from os import PathLike
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song, SongReader, read_song
from genrelens.audio.windows import Excerpt, listen
from genrelens.errors import AudioError, GenreLensError
from genrelens.insight.rhythm import beat_of
from genrelens.insight.timbre import timbre_of
from genrelens.insight.tonality import key_of
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import Decoder, analyze_many
from genrelens.listening.model import Model

__all__ = ["NOTHING_KNOWN", "Candidate", "DescribingDecoder", "Description", "describe", "gather", "joined"]

_PART_S: Final = 45.0
"""Of the middle of a song, for tempo and key: what a DJ would hear first is rarely the intro."""
_RATE: Final = 32_000

_CENTROIDS_HZ: Final = (548, 1045, 1234, 1351, 1457, 1562, 1670, 1778, 1934, 2103, 2778)
"""Every tenth percentile of the spectral centroid of music, Hz: `python -m benchmarks.match --scale`."""


@dataclass(frozen=True, slots=True)
class Description:
    """The light description of one song; what cannot be said is None.

    Attributes:
        energy: 0 to 1: the share of music that is calmer.
        brightness: 0 to 1: the share of music that is darker.
        tempo_bpm: Beats a minute.
        other_tempo_bpm: Half or double of it, where people might count that.
        key: "F# minor" or the like.
        camelot: The key's place on the Camelot wheel: "11A".
        tempo_asked: Whether the tempo was looked for; without, None says nothing.
        key_asked: Whether the key was looked for.
    """

    energy: float | None = None
    brightness: float | None = None
    tempo_bpm: float | None = None
    other_tempo_bpm: float | None = None
    key: str | None = None
    camelot: str | None = None
    tempo_asked: bool = False
    key_asked: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        return asdict(self)


NOTHING_KNOWN: Final = Description()


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A file that was asked about.

    Attributes:
        path: As it was named.
        answer: Its analysis, or what went wrong with it.
        description: The light description; `NOTHING_KNOWN` where the file failed.
    """

    path: str
    answer: Analysis | GenreLensError
    description: Description = NOTHING_KNOWN


def describe(song: Song, *, tempo: bool = False, key: bool = False) -> Description:
    """Describe a song, or a part of it; about 20 ms for a minute, with tempo and key about 0.2 s.

    Args:
        song: At any rate; the level does not matter.
        tempo: Whether to look for the tempo.
        key: Whether to look for the key.
    """
    timbre = timbre_of(song)
    found = Description(timbre.energy, _brightness(timbre.centroid_hz), tempo_asked=tempo, key_asked=key)
    if tempo:
        beat = beat_of(song.mono(), song.sample_rate)
        found = replace(found, tempo_bpm=beat.tempo_bpm, other_tempo_bpm=beat.alternative_bpm)
    if key and (name := key_of(song).name) is not None:
        found = replace(found, key=f"{name.tonic} {name.mode}", camelot=name.camelot)
    return found


class DescribingDecoder:
    """A decoder that describes what it decodes on the way, in the threads that decode; may be used from many.

    Args:
        decoder: What decodes; `audio.windows.listen` when left out.
    """

    def __init__(self, decoder: Decoder = listen) -> None:
        self._decoder = decoder
        self._lock = threading.Lock()
        self._known: dict[str, Description] = {}

    def __call__(
        self,
        source: Any,
        *,
        sample_rate: int,
        window_s: float,
        count: int,
        start_s: float | None,
        end_s: float | None,
        source_rate: int | None,
    ) -> Excerpt:
        """`audio.windows.listen` says what each means."""
        excerpt = self._decoder(
            source,
            sample_rate=sample_rate,
            window_s=window_s,
            count=count,
            start_s=start_s,
            end_s=end_s,
            source_rate=source_rate,
        )
        description = describe(joined(excerpt)) if len(excerpt.windows) else NOTHING_KNOWN
        with self._lock:
            self._known[excerpt.source.sha256] = description
        return excerpt

    def described(self, sha256: str) -> Description:
        """The description of a source that was decoded here, by its hash; `NOTHING_KNOWN` of another."""
        with self._lock:
            return self._known.get(sha256, NOTHING_KNOWN)


def gather(
    model: Model,
    files: Sequence[str | PathLike[str]],
    *,
    tempo: bool = False,
    key: bool = False,
    decoder: Decoder = listen,
    reader: SongReader = read_song,
) -> Iterator[Candidate]:
    """Analyse and describe files, one after the other in their order; one that fails gives its error in its place.

    Args:
        model: From `load_model`.
        files: Paths.
        tempo: Whether to look for tempos.
        key: Whether to look for keys.
        decoder: What decodes windows; `DecodePool.listen` does it in a child process with limits.
        reader: What reads the part for tempo and key; `DecodePool.read_song` likewise.
    """
    describing = DescribingDecoder(decoder)
    for file, answer in zip(files, analyze_many(model, files, decoder=describing), strict=True):
        if isinstance(answer, GenreLensError):
            yield Candidate(str(file), answer)
            continue
        description = describing.described(answer.source.sha256)
        if answer.top and (tempo or key):
            description = _with_part(description, file, answer, tempo, key, reader)
        yield Candidate(str(file), answer, description)


def _with_part(
    known: Description, file: str | PathLike[str], answer: Analysis, tempo: bool, key: bool, reader: SongReader
) -> Description:
    """Tempo and key from the middle of the song; where that cannot be read they stay unknown."""
    middle = answer.source.duration_s / 2
    try:
        song = reader(file, sample_rate=_RATE, start_s=max(0.0, middle - _PART_S / 2), end_s=middle + _PART_S / 2)
    except AudioError:
        return replace(known, tempo_asked=tempo, key_asked=key)
    found = describe(song, tempo=tempo, key=key)
    return replace(found, energy=known.energy, brightness=known.brightness)


def joined(excerpt: Excerpt) -> Song:
    """The windows one after the other: good enough for timbre, which does not look over their edges much."""
    samples: NDArray[np.float32] = excerpt.windows.reshape(1, -1)
    return Song(excerpt.source, excerpt.sample_rate, samples, 0.0, False, 0.0)


def _brightness(centroid_hz: float | None) -> float | None:
    if centroid_hz is None:
        return None
    return float(np.interp(centroid_hz, _CENTROIDS_HZ, np.linspace(0.0, 1.0, len(_CENTROIDS_HZ))))
