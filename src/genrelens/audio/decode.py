"""Compressed bytes to samples, only of the seconds that are wanted. The one module that touches PyAV.

Why not decode everything: six windows of ten seconds are a quarter of a four-minute song, and a seek costs a
millisecond. Why so wary: headers lie (rate, length, channels), text files name other files, and a decoder meets broken
packets every day. So: an allow-list of containers and audio codecs, no protocol, every output sample counted, a packet
that does not decode skipped and counted, and what came before the damage kept.

A chain of small generators, each doing one thing: `_packets` -> `_frames` -> `_chunks` (float32 [channels, samples] at
one rate, with their place in the track) -> `cut` (the wanted ranges).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.sources import ByteSource, Limits
from genrelens.errors import AudioError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer

__all__ = ["CONTAINERS", "Chunk", "Probe", "Track", "cut", "probe"]

Samples = NDArray[np.float32]

CONTAINERS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "mp3,mpc,mpc8,mpeg,mpegts,ogg,tak,tta,voc,w64,wav,wv"
)
"""Demuxers that may open a file. No playlists, no image sequences, nothing that names other files."""

_CODECS: Final = frozenset(
    "aac aac_latm ac3 alac amr_nb amr_wb ape dsd_lsbf dsd_lsbf_planar dsd_msbf dsd_msbf_planar dts eac3 flac gsm gsm_ms "
    "mp1 mp2 mp3 musepack7 musepack8 nellymoser opus speex tak tta vorbis wavpack "
    "wmalossless wmapro wmav1 wmav2 wmavoice".split()
)
_CODEC_FAMILIES: Final = ("pcm_", "adpcm_")

_GUESSED_LENGTHS: Final = frozenset({"aac", "ac3", "amr", "avi", "eac3", "flv", "mp3", "mpeg", "mpegts"})
"""Containers whose length is an estimate or one rewritable number: the end is looked up, in milliseconds."""

_PREROLL_S: Final = 0.5
"""Decoded before a wanted second and thrown away: longer than any bit reservoir, overlap or Opus convergence."""

_SEEK_WORTH_S: Final = 2.0
"""Gaps shorter than this are decoded through: a seek throws away `_PREROLL_S` anyway."""

_MAX_DEMUX_ERRORS: Final = 16
"""In a row without one good packet; then the file counts as ended."""

_MIXED_FROM_CHANNELS: Final = 9
"""From so many channels on they are averaged at once: memory stays bounded and no song is made that way."""

_MAX_CHANNELS: Final = 64

_LENGTH_SLACK: Final = 1.02
"""Decoded samples may exceed the longest accepted recording by this factor (codec padding)."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a container says of its audio track.

    Attributes:
        container: Demuxer, for example "mov".
        codec: For example "mp3", "pcm_s16le".
        sample_rate: Of the decoded sound, in Hz.
        channels: Of the decoded sound.
        duration_s: Length in seconds; None where only decoding everything would tell.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples and their place: float32 [channels, n], the first one being sample `first` of the track."""

    first: int
    samples: Samples


def probe(source: ByteSource, limits: Limits) -> Probe:
    """Look at a file without decoding more than its first packet.

    Raises:
        AudioError: As `Track`.
    """
    with Track(source, limits) as track:
        return track.probe


class Track:
    """The audio track of one open file. Use it in a `with`; not for several threads at once.

    Args:
        source: The bytes; must stay open as long as the track.
        limits: Length and rates that are accepted.

    Raises:
        AudioError: `AUDIO_UNREADABLE`, `AUDIO_NO_TRACK`, `AUDIO_EMPTY`, `AUDIO_RATE_REFUSED`, `AUDIO_TOO_LONG`.

    Attributes:
        probe: What the container says, corrected by the first decoded frame.
        skipped_packets: Packets that did not decode and were left out.
        cut_short: True where the container itself broke off with an error.
    """

    def __init__(self, source: ByteSource, limits: Limits) -> None:
        self._limits = limits
        self.skipped_packets = 0
        self.cut_short = False
        self._seekable = True
        self._container = _open(source)
        try:
            self._stream = _audio_stream(self._container)
            first = self._first_frame()
            self._rate, self._channels = first.sample_rate, len(first.layout.channels)
            _check_numbers(self._rate, self._channels, limits)
            self._mixed = self._channels >= _MIXED_FROM_CHANNELS
            self._origin_s = float(first.pts * first.time_base) if _stamped(first) else 0.0
            self.probe = Probe(
                container=self._container.format.name.split(",")[0],
                codec=self._stream.codec_context.name,
                sample_rate=self._rate,
                channels=self._channels,
                duration_s=self._duration_s(),
            )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the decoder; the source stays open."""
        self._container.close()

    def __enter__(self) -> Track:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, ranges: Sequence[tuple[int, int]]) -> Iterator[Samples]:
        """The samples of some ranges, decoding little more than them.

        Args:
            ranges: (first, end) sample numbers at `probe.sample_rate`, ascending by first; they may overlap.

        Yields:
            float32 [channels, n] for each range; n is smaller than asked for where the sound ends before.

        Raises:
            AudioError: `AUDIO_TOO_LONG`, `AUDIO_UNREADABLE`.
        """
        gap = int(_SEEK_WORTH_S * self._rate)
        group: list[tuple[int, int]] = []
        for wanted in ranges:
            if group and wanted[0] - max(end for _, end in group) > gap:
                yield from cut(self._from(group[0][0]), group)
                group = []
            group.append(wanted)
        if group:
            yield from cut(self._from(group[0][0]), group)

    def length(self) -> int:
        """The number of samples that really come out, by decoding everything and keeping nothing.

        Raises:
            AudioError: `AUDIO_TOO_LONG` as soon as more come out than are accepted.
        """
        end = 0
        for chunk in self._from(0):
            end = chunk.first + chunk.samples.shape[1]
        return end

    # -- opening -------------------------------------------------------------------------------------------------

    def _first_frame(self) -> AudioFrame:
        for frame in self._frames():
            if frame.samples:
                return frame
        if self.skipped_packets or self.cut_short:
            raise AudioError("AUDIO_UNREADABLE", f"no packet of the {self._stream.codec_context.name} track could be decoded")
        raise AudioError("AUDIO_EMPTY", "the audio track holds no sound")

    def _duration_s(self) -> float | None:
        stream, container = self._stream, self._container
        said = None
        if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
            said = float(stream.duration * stream.time_base)
        elif container.duration is not None and container.duration > 0:
            said = container.duration / 1e6
        too_long = said is not None and said > self._limits.max_duration_s
        if said is None or too_long or not _GUESSED_LENGTHS.isdisjoint(container.format.name.split(",")):
            # A length that nobody vouches for, or that would refuse the song: see where the packets end.
            said = self._last_stamp_s() or said
        if said is not None and said > self._limits.max_duration_s:
            raise _too_long(said, self._limits)
        return said

    def _last_stamp_s(self) -> float | None:
        """Where the last packet ends, by jumping to the end; None where packets carry no time."""
        end = None
        if not self._seek(max(self._limits.max_duration_s * 2, 1e6)):
            self._seek(0.0)
        for packet in self._packets():
            if packet.pts is not None and packet.time_base is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
        return None if end is None or end <= self._origin_s else end - self._origin_s

    # -- the chain -----------------------------------------------------------------------------------------------

    def _from(self, first: int) -> Iterator[Chunk]:
        """Chunks from (before) sample `first` on: by a seek where that works, else from the very start."""
        limit = int(self._limits.max_duration_s * self._rate * _LENGTH_SLACK)
        begin = first / self._rate - _PREROLL_S
        if self._seekable and begin > 0:
            if self._seek(begin + self._origin_s):
                chunks = self._chunks(seeked=True)
                head = next(chunks, None)
                if head is not None and head.first <= first:
                    yield from _counted(head, chunks, limit, self._limits)
                    return
            self._seekable = False
        self._seek(0.0)
        yield from _counted(None, self._chunks(seeked=False), limit, self._limits)

    def _seek(self, at_s: float) -> bool:
        # Without a stamped seek the demuxer still rewinds for 0: every file here has been opened from its start.
        time_base = self._stream.time_base
        if time_base is None:
            return False
        try:
            self._container.seek(int(at_s / time_base) if at_s > 0 else self._start_stamp(), stream=self._stream)
        except _decoder_errors():
            return False
        return True

    def _start_stamp(self) -> int:
        return min(self._stream.start_time or 0, 0)

    def _packets(self) -> Iterator[Packet[AudioStream]]:
        """Packets of the track; a container that breaks off is asked again a few times, then counts as ended."""
        errors = 0
        while errors <= _MAX_DEMUX_ERRORS:
            try:
                for packet in self._container.demux(self._stream):
                    errors = 0
                    yield packet
                return
            except _decoder_errors():
                errors += 1
                self.cut_short = True

    def _frames(self) -> Iterator[AudioFrame]:
        """Decoded frames; a packet that does not decode is skipped and, after the first good one, counted."""
        for packet in self._packets():
            try:
                frames = packet.decode()
            except _decoder_errors():
                self.skipped_packets += 1
                continue
            yield from frames

    def _chunks(self, *, seeked: bool) -> Iterator[Chunk]:
        """Float samples at the track's rate, numbered; frames without a stamp after a seek end the attempt."""
        position = None if seeked else 0
        skipped = self.skipped_packets
        for frame in self._frames():
            if position is None:
                # Broken packets before the first good one are the seek's doing, not the file's.
                self.skipped_packets = skipped
                if not _stamped(frame):
                    return
                position = round((float(frame.pts * frame.time_base) - self._origin_s) * self._rate)
            samples = _to_float(frame, self._channels, mixed=self._mixed)
            if frame.sample_rate != self._rate:
                samples = _to_rate(samples, frame.sample_rate, self._rate)
            yield Chunk(position, samples)
            position += samples.shape[1]


def cut(chunks: Iterator[Chunk], ranges: Sequence[tuple[int, int]]) -> Iterator[Samples]:
    """Cut wanted ranges out of a stream of chunks, holding no more than the range at work.

    Args:
        chunks: In order.
        ranges: (first, end) sample numbers, ascending by first; they may overlap.

    Yields:
        float32 [channels, n] for each range, shorter or empty where the stream ends before.
    """
    held: list[Chunk] = []
    channels = 1
    for first, end in ranges:
        held = [chunk for chunk in held if chunk.first + chunk.samples.shape[1] > first]
        while not held or held[-1].first + held[-1].samples.shape[1] < end:
            chunk = next(chunks, None)
            if chunk is None:
                break
            channels = len(chunk.samples)
            if chunk.first + chunk.samples.shape[1] > first:
                held.append(chunk)
        parts = [chunk.samples[:, max(0, first - chunk.first) : max(0, end - chunk.first)] for chunk in held]
        yield np.concatenate(parts, axis=1) if parts else np.empty((channels, 0), np.float32)


def _counted(head: Chunk | None, chunks: Iterator[Chunk], limit: int, limits: Limits) -> Iterator[Chunk]:
    if head is not None:
        yield head
    for chunk in chunks:
        if chunk.first > limit:
            raise _too_long(None, limits)
        yield chunk


def _open(source: ByteSource) -> InputContainer:
    import av

    source.seek(0)
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none", "codec_whitelist": _decoder_names()}
    try:
        return av.open(source, mode="r", options=options, metadata_errors="replace")
    except _decoder_errors() as error:
        raise AudioError("AUDIO_UNREADABLE", f"no audio format was recognised: {_words(error)}") from None


def _audio_stream(container: InputContainer) -> AudioStream:
    streams = container.streams.audio
    if not streams:
        others = sorted({stream.type for stream in container.streams})
        raise AudioError(
            "AUDIO_NO_TRACK",
            f"the {container.format.name.split(',')[0]} file has no audio track, only: {', '.join(others) or 'nothing'}",
        )
    usable = [stream for stream in streams if stream.codec_context is not None and _accepted(stream.codec_context.name)]
    if not usable:
        names = sorted({stream.codec_context.name for stream in streams if stream.codec_context is not None})
        raise AudioError("AUDIO_UNREADABLE", f"the sound is in a codec that is not opened here: {', '.join(names) or 'unknown'}")
    stream = usable[0]
    # One thread: workers run side by side, and a sandboxed one has no memory for a pool.
    stream.thread_count = 1
    return stream


def _accepted(decoder: str) -> bool:
    codec = decoder.removesuffix("float").removesuffix("_fixed").removesuffix("_at")
    return decoder.startswith(_CODEC_FAMILIES) or codec in _CODECS or codec in _DECODER_ALIASES


_DECODER_ALIASES: Final = frozenset({"amrnb", "amrwb", "dca", "libopus", "libspeex", "libvorbis", "mpc7", "mpc8"})


def _decoder_names() -> str:
    import av

    return ",".join(sorted(name for name in av.codecs_available if _accepted(name)))


def _check_numbers(rate: int, channels: int, limits: Limits) -> None:
    if not limits.min_rate <= rate <= limits.max_rate:
        raise AudioError(
            "AUDIO_RATE_REFUSED",
            f"the file declares a sample rate of {rate} Hz; {limits.min_rate} to {limits.max_rate} Hz are accepted",
            details={"sample_rate": rate, "min_rate": limits.min_rate, "max_rate": limits.max_rate},
        )
    if not 1 <= channels <= _MAX_CHANNELS:
        raise AudioError("AUDIO_UNREADABLE", f"the file declares {channels} channels; 1 to {_MAX_CHANNELS} are accepted")


def _too_long(seconds: float | None, limits: Limits) -> AudioError:
    hours = limits.max_duration_s / 3600
    length = f"{seconds / 3600:.1f} h" if seconds is not None else f"more than {hours:.1f} h"
    return AudioError(
        "AUDIO_TOO_LONG",
        f"the recording lasts {length}, over the limit of {hours:.1f} h",
        details={"duration_s": seconds, "max_duration_s": limits.max_duration_s},
    )


def _decoder_errors() -> tuple[type[BaseException], ...]:
    """What PyAV raises on broken input; MemoryError for sizes in headers, IndexError for missing streams."""
    import av.error

    return (av.error.FFmpegError, MemoryError, IndexError, ValueError, OverflowError, OSError)


def _words(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _stamped(frame: AudioFrame) -> bool:
    return frame.pts is not None and frame.time_base is not None


_SCALES: Final[dict[str, Callable[[NDArray[Any]], Samples]]] = {
    "u1": lambda x: (x.astype(np.float32) - np.float32(128)) * np.float32(1 / 128),
    "i2": lambda x: x.astype(np.float32) * np.float32(1 / 32768),
    "i4": lambda x: x.astype(np.float32) * np.float32(1 / 2**31),
    "i8": lambda x: (x * (1 / 2**63)).astype(np.float32),
    "f4": lambda x: x.astype(np.float32, copy=False),
    "f8": lambda x: x.astype(np.float32),
}


def _to_float(frame: AudioFrame, channels: int, *, mixed: bool) -> Samples:
    """One frame as float32 [channels, n] at full scale 1.0, whatever its format and however many channels it has."""
    raw = frame.to_ndarray()
    count = len(frame.layout.channels)
    if not frame.format.is_planar:
        raw = raw.reshape(-1, count).T
    samples = _SCALES[raw.dtype.str[1:]](raw)
    if mixed or len(samples) != channels:
        mean = samples.mean(axis=0, keepdims=True, dtype=np.float32)
        return mean if mixed else np.repeat(mean, channels, axis=0)
    return samples


def _to_rate(samples: Samples, rate: int, wanted: int) -> Samples:
    """A frame of another rate than the track began with (rare: chained streams): stretched by straight lines."""
    length = max(1, math.floor(samples.shape[1] * wanted / rate)) if rate > 0 else 0
    places = np.arange(length) * (rate / wanted)
    grid = np.arange(samples.shape[1])
    return np.stack([np.interp(places, grid, row) for row in samples]).astype(np.float32)
