"""Sound for tests: made here, never two seconds alike, so that a window in the wrong place is found out."""

from __future__ import annotations

import functools
import io
import struct

import av
import numpy as np

from genrelens.audio.codecs import FORMATS, Format, encode

RATE = 44_100

# Beside the promised formats, those that seek in ways of their own.
MORE_FORMATS = (
    Format("mp2", "mp2", "mp2", "s16", 192_000),
    Format("aac adts", "adts", "aac", "fltp", 128_000),
    Format("ac3", "ac3", "ac3", "fltp", 192_000),
    Format("avi mp3", "avi", "libmp3lame", "fltp", 128_000),
    Format("mpeg-ts", "mpegts", "aac", "fltp", 128_000),
    Format("caf", "caf", "alac", "s16p"),
    Format("wave64", "w64", "pcm_s16le", "s16"),
    Format("wavpack", "wv", "wavpack", "s16p"),
    Format("true audio", "tta", "tta", "s16"),
    Format("mka flac", "matroska", "flac", "s16"),
)

BY_NAME = {form.name: form for form in (*FORMATS, *MORE_FORMATS)}


def song(seconds: float, rate: int = RATE, channels: int = 2, seed: int = 0) -> np.ndarray:
    """float32 [channels, n]: a rising tone, a beat of noise, a little different in each channel; peak about -3 dBFS."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * (220 * time + 8 * time * time))
    beat = 0.5 + 0.5 * np.sin(2 * np.pi * 2 * time)
    noise = np.convolve(rng.standard_normal(len(time)), np.ones(4) / 4, "same") * beat * 0.2
    own = 0.05 * rng.standard_normal((channels, len(time)))
    mix = tone + noise + own
    return (mix / np.abs(mix).max() * 0.7).astype(np.float32)


def file_bytes(name: str, samples: np.ndarray, rate: int = RATE) -> bytes:
    """The samples in the format of that name."""
    return encode(samples, rate, BY_NAME[name])


@functools.cache
def made(name: str, seconds: float, channels: int = 2, rate: int = RATE) -> bytes:
    """`song(...)` in the format of that name, encoded once in a session: mp3 and AAC are slow to write."""
    return file_bytes(name, song(seconds, rate, channels), rate)


def wav_bytes(
    samples: np.ndarray,
    rate: int = RATE,
    *,
    bits: int = 16,
    is_float: bool = False,
    declared_rate: int | None = None,
    declared_channels: int | None = None,
    declared_bits: int | None = None,
    data_size: int | None = None,
    block: int | None = None,
) -> bytes:
    """A WAV file written by hand, so that its header can lie."""
    channels = len(samples)
    flat = samples.T.reshape(-1)
    if is_float:
        body = flat.astype("<f4" if bits == 32 else "<f8").tobytes()
    elif bits == 8:
        body = (np.round(flat * 127) + 128).astype(np.uint8).tobytes()
    elif bits == 24:
        body = np.round(flat * (2**23 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    else:
        body = np.round(flat * (2 ** (bits - 1) - 1)).astype(f"<i{bits // 8}").tobytes()
    said_channels = channels if declared_channels is None else declared_channels
    said_rate = rate if declared_rate is None else declared_rate
    said_bits = bits if declared_bits is None else declared_bits
    width = channels * bits // 8 if block is None else block
    head = struct.pack(
        "<HHIIHH", 3 if is_float else 1, said_channels, said_rate, min(2**32 - 1, said_rate * width), width, said_bits
    )
    size = len(body) if data_size is None else data_size
    riff = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(2**32 - 1, len(riff) + size)) + riff + body


def offset_of(part: np.ndarray, whole: np.ndarray, expected: int, reach: int = 4000) -> int:
    """How many samples away from `expected` the part really stands in the whole (cross-correlation)."""
    first = max(0, expected - reach)
    around = whole[first : expected + len(part) + reach].astype(np.float64)
    size = 1 << int(np.ceil(np.log2(len(around) + len(part))))
    product = np.fft.rfft(around, size) * np.conj(np.fft.rfft(part.astype(np.float64), size))
    scores = np.fft.irfft(product, size)[: len(around) - len(part) + 1]
    return first + int(np.argmax(scores)) - expected


def film_bytes(seconds: float, *, sound: np.ndarray | None, container: str = "matroska", video: str = "mpeg4") -> bytes:
    """Grey pictures, with a FLAC track where there is sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as film:
        pictures = film.add_stream(video, rate=25)
        pictures.width, pictures.height = 64, 48
        pictures.pix_fmt = "gbrp" if video == "magicyuv" else "yuvj420p" if video == "mjpeg" else "yuv420p"
        if sound is not None:
            track = film.add_stream("flac", rate=RATE, layout="stereo")
            packed = np.round(sound * 32767).astype(np.int16).T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE, 0
            film.mux([*track.encode(frame), *track.encode(None)])
        for number in range(round(seconds * 25)):
            picture = av.VideoFrame(64, 48, pictures.pix_fmt)
            picture.pts = number
            film.mux(pictures.encode(picture))
        film.mux(pictures.encode(None))
    return buffer.getvalue()
