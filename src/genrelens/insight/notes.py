"""The listening notes: what a musician would write down about a song, each item certain or left out.

Gathers rhythm, key, tuning, loudness and timbre of one decoded song, and the instruments and voices of its analysis.
Loudness counts over all samples; rhythm and key of a song of more than five minutes are those of its middle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from genrelens.audio.song import Song
from genrelens.audio.windows import SourceInfo
from genrelens.insight.loudness import Loudness, loudness_of
from genrelens.insight.rhythm import Rhythm, rhythm_of
from genrelens.insight.timbre import Timbre, timbre_of
from genrelens.insight.tonality import Key, Tuning, tonality_of
from genrelens.listening.analysis import Analysis, ModelInfo
from genrelens.listening.tags import HeardTag

__all__ = ["LOOKED_AT_S", "Notes", "listening_notes"]

SCHEMA_VERSION: Final = 1
LOOKED_AT_S: Final = 300.0
"""Rhythm and key are those of so many seconds in the middle."""
_NO_KEY: Final = Key(None, 0.0, None)
_NO_TUNING: Final = Tuning(None, 0.0)


@dataclass(frozen=True, slots=True)
class Notes:
    """What is noted about a song; inside each part, None is what could not be said.

    Attributes:
        source: What the file says of itself.
        model: Which model named the instruments; None where none was asked.
        start_s: Start of what was listened to, in seconds of the source.
        end_s: Its end.
        rhythm: Tempo, beats and metre, with the part that they are of; None for what is no music.
        key: Key and mode; unsaid for what is no music.
        tuning: Cents off A = 440 Hz; unsaid for what is no music.
        loudness: EBU R 128 and peaks; measured, so certain.
        timbre: Brightness, percussive share, energy and stereo width.
        tags: Instruments and voices that are surely there; what is not named may be there, too.
    """

    source: SourceInfo
    model: ModelInfo | None
    start_s: float
    end_s: float
    rhythm: Rhythm | None
    key: Key
    tuning: Tuning
    loudness: Loudness
    timbre: Timbre
    tags: tuple[HeardTag, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys; what could not be said is null."""
        return {
            "schema_version": SCHEMA_VERSION,
            "source": asdict(self.source),
            "model": self.model and asdict(self.model),
            "start_s": self.start_s,
            "end_s": self.end_s,
            **_rhythm_dict(self.rhythm),
            "key": self.key.to_dict(),
            "tuning": self.tuning.to_dict(),
            "loudness": self.loudness.to_dict(),
            "timbre": self.timbre.to_dict(),
            "tags": [{"id": tag.id, "precision": tag.precision} for tag in self.tags],
        }


def listening_notes(
    song: Song, *, analysis: Analysis | None = None, step: Callable[[float], None] | None = None
) -> Notes:
    """Note down a song.

    Args:
        song: As `read_song` gives it.
        analysis: Of the same part; its instruments are noted, and where it is no music neither rhythm nor key is.
        step: Called with the share that is done, 0 to 1, between the parts; what it raises cancels.
    """
    tell = step or _ignore
    music = analysis is None or analysis.tier != "not_music"
    middle = _middle(song)
    rhythm = rhythm_of(middle) if music else None
    tell(0.3)
    key, tuning = tonality_of(middle) if music else (_NO_KEY, _NO_TUNING)
    tell(0.5)
    loudness = loudness_of(song)
    tell(0.8)
    timbre = timbre_of(song)
    tell(1.0)
    return Notes(
        source=song.source,
        model=analysis.model if analysis else None,
        start_s=song.start_s,
        end_s=song.end_s,
        rhythm=rhythm,
        key=key,
        tuning=tuning,
        loudness=loudness,
        timbre=timbre,
        tags=analysis.tags if analysis and music else (),
    )


def _middle(song: Song) -> Song:
    if song.duration_s <= LOOKED_AT_S:
        return song
    start = song.start_s + (song.duration_s - LOOKED_AT_S) / 2
    return song.part(start, start + LOOKED_AT_S)


def _rhythm_dict(rhythm: Rhythm | None) -> dict[str, Any]:
    if rhythm is None:
        return {"looked_at": None, "tempo": None, "metre": None, "beats_s": [], "downbeats_s": []}
    return {
        "looked_at": [rhythm.start_s, rhythm.end_s],
        "tempo": {
            "bpm": rhythm.tempo_bpm,
            "alternative_bpm": rhythm.alternative_bpm,
            "certainty": rhythm.tempo_certainty,
        },
        "metre": {"beats": rhythm.metre, "certainty": rhythm.metre_certainty},
        "beats_s": list(rhythm.beats_s),
        "downbeats_s": list(rhythm.downbeats_s),
    }


def _ignore(_share: float) -> None:
    pass
