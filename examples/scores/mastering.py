"""From a score to an ogg file: FluidSynth plays it, the level is set, Vorbis packs it.

What it promises: the same score, sound font and library versions give the same bytes. Loudness is
about -16 LUFS (ITU-R BS.1770), no decoded sample passes -1 dBFS, no file passes 300 KB. The Vorbis
encoder is libsndfile's (PyAV's wheel has only FFmpeg's experimental one); PyAV then writes the Ogg
container, because libsndfile numbers its streams at random.
"""

from __future__ import annotations

import bisect
import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import av
import mido
import numpy as np
import numpy.typing as npt
import pyloudnorm
import soundfile
from scipy.ndimage import minimum_filter1d, uniform_filter1d

__all__ = [
    "MAX_BYTES",
    "PEAK",
    "RATE",
    "TARGET_LUFS",
    "MissingTool",
    "decode",
    "encode",
    "master",
    "play",
    "sound_font",
]

Stereo = npt.NDArray[np.float32]
"""Samples of shape [n, 2]."""

RATE: Final = 44_100
TARGET_LUFS: Final = -16.0
PEAK: Final = 10 ** (-1 / 20)
"""-1 dBFS: what the decoded file must not pass."""
CEILING: Final = 10 ** (-4 / 20)
"""The limiter's own ceiling: Vorbis overshoots by less than the three decibels in between."""
LOOKAHEAD: Final = RATE * 8 // 1000
MAX_BYTES: Final = 300_000
COMPRESSION: Final = tuple(step / 50 for step in range(51))
"""libsndfile's compression levels, the best sound first."""
SOUND_FONTS: Final = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/soundfonts/FluidR3_GM.sf2"))


class MissingTool(RuntimeError):
    """FluidSynth or its sound font is not installed; the message says how to install it."""


def sound_font() -> Path:
    """The General MIDI sound font, after checking that FluidSynth is there too.

    Raises:
        MissingTool: One of the two is missing.
    """
    found = next((path for path in SOUND_FONTS if path.is_file()), None)
    if shutil.which("fluidsynth") is None or found is None:
        what = "the sound font FluidR3_GM.sf2" if found is None else "fluidsynth"
        raise MissingTool(f"{what} is missing; on Debian or Ubuntu: apt install fluidsynth fluid-soundfont-gm")
    return found


def play(midi: mido.MidiFile) -> Stereo:
    """Play a MIDI file with FluidSynth, faster than real time.

    Raises:
        MissingTool: FluidSynth or the sound font is missing.
        RuntimeError: FluidSynth failed; the message is its own.
    """
    font = sound_font()
    with tempfile.TemporaryDirectory() as folder:
        score, wave = Path(folder, "score.mid"), Path(folder, "score.wav")
        midi.save(score)
        # A low gain: the float file keeps every bit and nothing is clipped inside the synthesiser.
        command = ["fluidsynth", "-ni", "-q", "-g", "0.3", "-r", str(RATE), "-T", "wav", "-O", "float"]
        done = subprocess.run([*command, "-F", wave, font, score], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not wave.is_file():
            raise RuntimeError(f"fluidsynth failed: {done.stderr.strip()}")
        samples, _ = soundfile.read(wave, dtype="float32", always_2d=True)
    return np.asarray(samples, dtype=np.float32)


def master(samples: Stereo) -> Stereo:
    """Cut the silence at the end, fade, bring to `TARGET_LUFS` and hold the peaks under the ceiling.

    Raises:
        ValueError: The samples are silent.
    """
    level = np.abs(samples).max(axis=1)
    if not level.any():
        raise ValueError("the render is silent")
    audible = np.flatnonzero(level > level.max() * 10 ** (-54 / 20))
    loud = samples[: audible[-1] + 1].astype(np.float64)
    fade = min(len(loud), RATE // 2)
    loud[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade))[:, None] ** 2
    meter = pyloudnorm.Meter(RATE)
    # Limiting takes a little loudness away: two rounds come within a tenth of a unit.
    for _ in range(3):
        gain = TARGET_LUFS - meter.integrated_loudness(loud)
        loud = _limited(loud * 10 ** (gain / 20))
    return loud.astype(np.float32)


def _limited(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A look-ahead limiter: the gain dips smoothly around every peak that passes the ceiling."""
    peak = np.abs(samples).max(axis=1)
    wanted = np.minimum(1.0, CEILING / np.maximum(peak, 1e-9))
    # The minimum over a span twice as wide as the smoothing keeps the smoothed gain below what every peak needs.
    held = minimum_filter1d(wanted, 2 * LOOKAHEAD + 1)
    gain: npt.NDArray[np.float64] = uniform_filter1d(held, LOOKAHEAD)
    return samples * gain[:, None]


def encode(samples: Stereo, title: str, artist: str) -> bytes:
    """An Ogg Vorbis file of at most `MAX_BYTES`, the best quality that fits.

    Raises:
        ValueError: Even the lowest quality is too large.
    """
    tried: dict[int, bytes] = {}

    def fits(index: int) -> bool:
        tried[index] = _remuxed(_vorbis(samples, COMPRESSION[index]), title, artist)
        return len(tried[index]) <= MAX_BYTES

    # The size falls as compression rises, so the first level that fits is found by halving.
    first = bisect.bisect_left(range(len(COMPRESSION)), True, key=fits)
    if first == len(COMPRESSION):
        raise ValueError(f"{title}: {len(samples) / RATE:.1f} s do not fit into {MAX_BYTES} bytes")
    return tried[first]


def _vorbis(samples: Stereo, level: float) -> bytes:
    buffer = io.BytesIO()
    options = {"format": "OGG", "subtype": "VORBIS", "compression_level": level}
    with soundfile.SoundFile(buffer, "w", RATE, 2, **options) as out:
        # In blocks: libsndfile puts a whole write on the stack.
        for start in range(0, len(samples), RATE):
            out.write(samples[start : start + RATE])
    return buffer.getvalue()


def _remuxed(packed: bytes, title: str, artist: str) -> bytes:
    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(packed), "r") as source,
        av.open(buffer, "w", format="ogg", options={"fflags": "+bitexact"}) as target,
    ):
        target.metadata.update({"title": title, "artist": artist})
        stream = target.add_stream_from_template(source.streams.audio[0])
        stream.metadata.clear()
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return buffer.getvalue()


def decode(packed: bytes) -> Stereo:
    """The samples of an encoded piece."""
    with av.open(io.BytesIO(packed), "r") as source:
        frames = [frame.to_ndarray() for frame in source.decode(audio=0)]
    return np.ascontiguousarray(np.concatenate(frames, axis=1).T, dtype=np.float32)
