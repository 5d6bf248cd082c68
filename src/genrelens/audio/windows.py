"""Which seconds of a song are listened to, and the samples of those seconds: contract, to be completed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.health import HealthFinding

__all__ = ["Excerpt", "SourceInfo"]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the file says of itself, after hostile text has been made harmless.

    Attributes:
        name: File name without its folder ("song.mp3"), or "" for bytes and samples.
        sha256: Of the file's bytes; of the float32 samples' bytes where samples were given.
        duration_s: Length of the audio track in seconds.
        codec: For example "mp3", "flac", "pcm_s16le"; "samples" where samples were given.
        sample_rate: Of the track, in Hz.
        channels: Of the track.
    """

    name: str
    sha256: str
    duration_s: float
    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The windows that were decoded from one source, and how healthy they sound.

    Attributes:
        source: What the file says of itself.
        sample_rate: Of `windows`, in Hz (the model's highest rate, 32 000 for the shipped one).
        windows: float32 [n, samples], mono by mean, every window of the same length, NOT level-normalised;
            n = 0 where the sound is silence.
        starts_s: Start of each window in the source, in seconds, ascending.
        listened: (start_s, end_s) of what was really heard, window by window, clipped to the sound's end.
        repeated: True where the sound was shorter than one window and was repeated to fill it.
        health: Findings, the worst first.
        decode_s: Seconds spent on reading, decoding, resampling and health.
    """

    source: SourceInfo
    sample_rate: int
    windows: NDArray[np.float32]
    starts_s: tuple[float, ...]
    listened: tuple[tuple[float, float], ...]
    repeated: bool
    health: tuple[HealthFinding, ...]
    decode_s: float
