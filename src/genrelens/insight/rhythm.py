"""Tempo, beats and metre of a song: said where they are heard, left out where they are not.

Why it exists: a listener asks how fast a song is and in what it counts. `rhythm_of` weighs every beat period and every
metre that the sound offers together (the metre often decides which of two tempi is the beat), and turns the weights
into probabilities. Below a certainty that was chosen on scores and clips that no figure is measured on
(`benchmarks/notes.py`), it says None.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.audio.windows import SourceInfo
from genrelens.insight.metre import METRES, bar_starts
from genrelens.insight.onsets import FRAMES_PER_S, Onsets, onsets_of
from genrelens.insight.pulses import METRE_NAMES, PULSE_NAMES, Pulse, pulses_of
from genrelens.insight.rhythm_weights import WEIGHTS

__all__ = ["Beat", "Rhythm", "beat_of", "rhythm_of"]

SCHEMA_VERSION: Final = 1
MIN_S: Final = 5.0
"""Shorter sounds have no tempo that could be relied on."""
SAY_TEMPO: Final = 0.75
"""Certainty from which a tempo is said."""
SAY_METRE: Final = 0.7
"""Certainty from which a metre is said."""
NAME_OTHER: Final = 0.04
"""Share of certainty from which half or double the tempo is named beside it."""
_SAY_BARS: Final = 0.25
"""How far, in standard deviations of all accents, the first beat must stand out for bars to be said."""
_LATE_S: Final = 0.01
"""The strength peaks this long after an onset: a rise over two frames."""
_OCTAVE: Final = 0.04


@dataclass(frozen=True, slots=True)
class Beat:
    """Tempo, beats and metre of some sound, times counted from its start.

    Attributes:
        tempo_bpm: Beats a minute; None where unsure.
        tempo_certainty: 0 to 1: how sure it is that the beat is `tempo_bpm` or, where it is named, `alternative_bpm`.
        alternative_bpm: Half or double (of three: a third or thrice) the tempo, where people might count that; or None.
        beats_s: Where the beats are, in seconds; empty where the tempo is not said.
        metre: Beats a bar, 2 to 7; None where unsure. Of 6/8 it says 2 at the dotted quarter's tempo, 6 at the eighth's.
        metre_certainty: 0 to 1: how sure it is of both tempo and metre.
        downbeats_s: Where bars begin, in seconds; empty where that is not clear.
    """

    tempo_bpm: float | None
    tempo_certainty: float
    alternative_bpm: float | None
    beats_s: tuple[float, ...]
    metre: int | None
    metre_certainty: float
    downbeats_s: tuple[float, ...]


_NOTHING: Final = Beat(None, 0.0, None, (), None, 0.0, ())


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rhythm of a song, or of a part of it.

    Attributes:
        source: What the file says of itself.
        start_s: Of the part that was looked at, in seconds of the source.
        end_s: Its end.
        tempo_bpm: As in `Beat`.
        tempo_certainty: As in `Beat`.
        alternative_bpm: As in `Beat`.
        beats_s: In seconds of the source.
        metre: As in `Beat`.
        metre_certainty: As in `Beat`.
        downbeats_s: In seconds of the source.
    """

    source: SourceInfo
    start_s: float
    end_s: float
    tempo_bpm: float | None
    tempo_certainty: float
    alternative_bpm: float | None
    beats_s: tuple[float, ...]
    metre: int | None
    metre_certainty: float
    downbeats_s: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        told = asdict(self)
        return {"schema_version": SCHEMA_VERSION, **told, "beats_s": list(self.beats_s),
                "downbeats_s": list(self.downbeats_s)}  # fmt: skip


def rhythm_of(song: Song) -> Rhythm:
    """Tempo, beats and metre of a song; about a fifth of a second for four minutes."""
    beat = beat_of(song.mono(), song.sample_rate)
    return Rhythm(
        source=song.source,
        start_s=song.start_s,
        end_s=song.end_s,
        tempo_bpm=beat.tempo_bpm,
        tempo_certainty=beat.tempo_certainty,
        alternative_bpm=beat.alternative_bpm,
        beats_s=tuple(round(song.start_s + at, 3) for at in beat.beats_s),
        metre=beat.metre,
        metre_certainty=beat.metre_certainty,
        downbeats_s=tuple(round(song.start_s + at, 3) for at in beat.downbeats_s),
    )


def beat_of(mono: NDArray[np.float32], rate: int) -> Beat:
    """Tempo, beats and metre of samples.

    Args:
        mono: float32 [n].
        rate: In Hz.
    """
    if len(mono) < MIN_S * rate:
        return _NOTHING
    return _weighed(onsets_of(mono, rate))


def _weighed(onsets: Onsets) -> Beat:
    pulses = pulses_of(onsets)
    if not pulses:
        return _NOTHING
    shares = _probabilities(pulses)
    tempi = shares.sum(axis=1)
    first = int(tempi.argmax())
    best, other = pulses[first], _other(pulses, tempi, first)
    certainty = float(tempi[first] + (tempi[other] if other is not None else 0.0))
    row = int(shares[first].argmax())
    sure = float(shares[first, row])
    if certainty < SAY_TEMPO:
        return Beat(None, certainty, None, (), None, sure, ())
    says_metre = sure >= SAY_METRE
    return Beat(
        tempo_bpm=round(best.bpm, 2),
        tempo_certainty=certainty,
        alternative_bpm=round(pulses[other].bpm, 2) if other is not None else None,
        beats_s=_seconds(best.beats),
        metre=METRES[row] if says_metre else None,
        metre_certainty=sure,
        downbeats_s=_downbeats(best, METRES[row]) if says_metre else (),
    )


def _probabilities(pulses: list[Pulse]) -> NDArray[np.float64]:
    """float64 [pulses, metres]: adds up to 1."""
    weights = np.array([WEIGHTS[name] for name in (*PULSE_NAMES, *METRE_NAMES)])
    cut = len(PULSE_NAMES)
    scores = np.stack([pulse.pulse @ weights[:cut] + pulse.metre @ weights[cut:] for pulse in pulses])
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def _other(pulses: list[Pulse], tempi: NDArray[np.float64], first: int) -> int | None:
    """The half, double, third or threefold tempo that might be counted instead."""
    found = None
    for index, pulse in enumerate(pulses):
        ratio = max(pulse.bpm, pulses[first].bpm) / min(pulse.bpm, pulses[first].bpm)
        related = abs(ratio / 2 - 1) <= _OCTAVE or abs(ratio / 3 - 1) <= _OCTAVE
        if related and tempi[index] >= NAME_OTHER and (found is None or tempi[index] > tempi[found]):
            found = index
    return found


def _seconds(frames: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(max(0.0, round(float(frame) / FRAMES_PER_S - _LATE_S, 3)) for frame in frames)


def _downbeats(pulse: Pulse, metre: int) -> tuple[float, ...]:
    first, ahead = bar_starts(pulse.places, pulse.changes, metre)
    return _seconds(pulse.beats[first::metre]) if ahead >= _SAY_BARS else ()
