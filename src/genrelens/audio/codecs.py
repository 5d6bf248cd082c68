"""Sound written in every format that GenreLens reads: what `doctor` and the tests decode again.

Beside `decode.py` this is the only module that touches PyAV, and it opens nothing that a stranger made.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMATS", "Format", "encode", "tone"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name for people, then container, encoder and sample format in FFmpeg's words."""

    name: str
    container: str
    codec: str
    sample_format: str
    bit_rate: int | None = None
    rate: int | None = None


FORMATS: Final[tuple[Format, ...]] = (
    Format("mp3", "mp3", "libmp3lame", "fltp", 128_000),
    Format("wav 8 bit", "wav", "pcm_u8", "u8"),
    Format("wav 16 bit", "wav", "pcm_s16le", "s16"),
    Format("wav 24 bit", "wav", "pcm_s24le", "s32"),
    Format("wav 32 bit", "wav", "pcm_s32le", "s32"),
    Format("wav float", "wav", "pcm_f32le", "flt"),
    Format("flac", "flac", "flac", "s16"),
    Format("ogg vorbis", "ogg", "vorbis", "fltp", 128_000),
    Format("opus", "ogg", "libopus", "flt", 96_000, 48_000),
    Format("m4a aac", "ipod", "aac", "fltp", 128_000),
    Format("m4a alac", "ipod", "alac", "s16p"),
    Format("wma", "asf", "wmav2", "fltp", 128_000),
    Format("aiff", "aiff", "pcm_s16be", "s16"),
    Format("au", "au", "pcm_s16be", "s16"),
    Format("webm", "webm", "libopus", "flt", 96_000, 48_000),
    Format("mp4", "mp4", "aac", "fltp", 128_000),
    Format("mkv", "matroska", "aac", "fltp", 128_000),
)
"""Every format that is promised, each with an encoder of PyAV's own wheel."""

_FRAME: Final = 1024


def encode(samples: NDArray[np.float32], sample_rate: int, form: Format) -> bytes:
    """Write sound in a format.

    Args:
        samples: float32 [channels, n], one or two channels, -1 to 1.
        sample_rate: In Hz.
        form: One of `FORMATS`, or another that PyAV can write.

    Returns:
        The bytes of the file.
    """
    import av

    layout = "mono" if len(samples) == 1 else "stereo"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form.container) as container:
        stream = container.add_stream(
            form.codec, rate=form.rate or sample_rate, layout=layout, format=form.sample_format
        )
        assert isinstance(stream, av.AudioStream)
        # FFmpeg calls its own Vorbis encoder experimental and asks that one says so.
        stream.codec_context.options = {"strict": "experimental"}
        if form.bit_rate:
            stream.bit_rate = form.bit_rate
        resampler = av.AudioResampler(format=form.sample_format, layout=layout, rate=form.rate or sample_rate)
        for first in range(0, samples.shape[1], _FRAME):
            chunk = np.ascontiguousarray(samples[:, first : first + _FRAME])
            frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=layout)
            frame.sample_rate = sample_rate
            frame.pts = first
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
        for converted in resampler.resample(None):
            container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def tone(seconds: float = 1.0, sample_rate: int = 44_100) -> NDArray[np.float32]:
    """Two channels [2, n]: 440 Hz left, 660 Hz right, at -12 dBFS."""
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    waves: NDArray[np.float32] = 0.25 * np.sin(2 * np.pi * np.array([[440.0], [660.0]]) * time).astype(np.float32)
    return waves
