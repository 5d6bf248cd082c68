"""Compressed bytes to samples, only of the seconds that are wanted. PyAV reads here and in `opening.py` alone.

Why not decode everything: six windows of ten seconds are a quarter of a four-minute song, and a seek costs a
millisecond. Why so wary: headers lie (rate, length, channels), text files name other files, and a decoder meets broken
packets every day. So: every output sample is counted, a packet that does not decode is skipped and counted, and what
came before the damage is kept.

A chain of small generators, each doing one thing: `_packets` -> `_frames` -> `_samples` (float32 at one rate) ->
`_chunks` (with their place in the track) -> `pcm.cut` (the wanted ranges).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final

import numpy as np

from genrelens.audio.opening import (
    audio_stream,
    check_channels,
    check_rate,
    decoder_errors,
    decoder_name,
    open_container,
    promised_frames,
)
from genrelens.audio.pcm import Chunk, Samples, cut, to_float
from genrelens.audio.sources import ByteSource, Limits
from genrelens.audio.tags import genre_tag
from genrelens.errors import AudioError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, Packet
    from soxr import ResampleStream

__all__ = ["Probe", "Track", "probe"]

_GUESSED_LENGTHS: Final = frozenset({"aac", "ac3", "amr", "avi", "eac3", "flv", "mp3", "mpeg", "mpegts"})
"""Containers whose length is an estimate or one rewritable number: the end is looked up, in milliseconds."""

_GUESS_SLACK_S: Final = 0.25
"""A guessed length that comes this near to the last packet is the better one: it leaves out the codec's padding."""

_MP3_FRAME: Final = 1152
_MPEG1_RATE: Final = 32_000
"""Samples of an mp3 frame at rates from this one on; half of them below."""

_PREROLL_S: Final = 0.5
"""Decoded before a wanted second and thrown away: longer than any bit reservoir, overlap or Opus convergence."""

_SEEK_WORTH_S: Final = 2.0
"""Gaps shorter than this are decoded through: a seek throws away `_PREROLL_S` anyway."""

_MAX_DEMUX_ERRORS: Final = 16
"""In a row without one good packet; then the file counts as ended."""

_MAX_BROKEN_PACKETS: Final = 5_000
"""In a row: two minutes of mp3; then the rest of the file is not tried."""

_MAX_OWN_CHANNELS: Final = 8
"""With more, the channels are averaged at once: memory stays bounded, and no song is made that way."""

_LENGTH_SLACK: Final = 1.01
"""Decoded samples may exceed the longest accepted recording by this factor (codec padding)."""

_BEYOND_ANY_END_S: Final = 1e6


@dataclass(frozen=True, slots=True)
class Probe:
    """What is known of an audio track before it is listened to.

    Attributes:
        container: Demuxer, for example "mov".
        codec: For example "mp3", "pcm_s16le".
        sample_rate: Of the decoded sound, in Hz.
        channels: Of the decoded sound.
        duration_s: Length in seconds; None where only decoding everything would tell.
        announced_s: Length that the header promises, where it promises one.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float | None
    announced_s: float | None


def probe(source: ByteSource, limits: Limits) -> Probe:
    """Look at a file, decoding no more than its first packets.

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
        genre_tag: What the file's tags say its genre is, made harmless; "" where they do not.
        skipped_packets: Packets that did not decode and were left out of the last `read`.
    """

    def __init__(self, source: ByteSource, limits: Limits) -> None:
        self._source, self._limits = source, limits
        self.skipped_packets = 0
        self._seekable = True
        self._container = open_container(source)
        try:
            self._stream = audio_stream(self._container)
            self.genre_tag = genre_tag(self._container)
            first = self._first_frame()
            self._rate = first.sample_rate
            check_rate(self._rate, limits)
            channels = check_channels(first.layout.nb_channels)
            self._channels = channels if channels <= _MAX_OWN_CHANNELS else 1
            self._origin_s = _stamp_s(first) or 0.0
            duration_s, announced_s = self._lengths_s()
            self.probe = Probe(
                container=self._container.format.name.split(",")[0],
                codec=decoder_name(self._stream).removesuffix("float"),
                sample_rate=self._rate,
                channels=channels,
                duration_s=duration_s,
                announced_s=announced_s,
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
            float32 [channels, n] for each range (one channel where the file has more than eight); n is smaller than
            asked for where the sound ends before.

        Raises:
            AudioError: `AUDIO_TOO_LONG`, `AUDIO_RATE_REFUSED`, `AUDIO_UNREADABLE`.
        """
        self.skipped_packets = 0
        gap = int(_SEEK_WORTH_S * self._rate)
        group: list[tuple[int, int]] = []
        for wanted in ranges:
            if group and wanted[0] - max(end for _, end in group) > gap:
                yield from cut(self._from(group[0][0]), group, self._channels)
                group = []
            group.append(wanted)
        if group:
            yield from cut(self._from(group[0][0]), group, self._channels)

    def length(self) -> int:
        """The number of samples that really come out, by decoding everything and keeping nothing.

        Raises:
            AudioError: `AUDIO_TOO_LONG` as soon as more come out than are accepted.
        """
        end = 0
        for chunk in self._from(0):
            end = chunk.end
        return end

    # -- opening -------------------------------------------------------------------------------------------------

    def _first_frame(self) -> AudioFrame:
        frames = self._frames()
        for frame in frames:
            if frame.samples:
                # What was decoded to look at it is not decoded again where reading begins at the start.
                self._unread: Iterator[AudioFrame] | None = itertools.chain([frame], frames)
                return frame
        if self.skipped_packets:
            raise AudioError(
                "AUDIO_UNREADABLE", f"no packet of the {decoder_name(self._stream)} track could be decoded"
            )
        raise AudioError("AUDIO_EMPTY", "the audio track holds no sound")

    def _lengths_s(self) -> tuple[float | None, float | None]:
        """The length to count on, and the length that the header promises."""
        said = promised = self._said_s()
        names = self._container.format.name.split(",")
        if said is None or said > self._limits.max_duration_s or not _GUESSED_LENGTHS.isdisjoint(names):
            # A length that nobody vouches for, or that would refuse the song: see where the packets end.
            found = self._last_stamp_s()
            if found is not None and (said is None or abs(found - said) > _GUESS_SLACK_S):
                said = promised = found
        if names == ["mp3"] and (frames := promised_frames(self._source)):
            promised = frames * (_MP3_FRAME if self._rate >= _MPEG1_RATE else _MP3_FRAME // 2) / self._rate
        if said is not None and said > self._limits.max_duration_s * _LENGTH_SLACK:
            raise _too_long(said, self._limits)
        return said, promised

    def _said_s(self) -> float | None:
        stream, container = self._stream, self._container
        if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        if container.duration is not None and container.duration > 0:
            return float(container.duration / 1e6)
        return None

    def _last_stamp_s(self) -> float | None:
        """Where the last packet ends, by jumping to the end; None where packets carry no time."""
        end = None
        if not self._seek(_BEYOND_ANY_END_S):
            self._reopen()
        for packet in self._packets():
            if packet.pts is not None and packet.time_base is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
        return None if end is None or end <= self._origin_s else end - self._origin_s

    # -- the chain -----------------------------------------------------------------------------------------------

    def _from(self, first: int) -> Iterator[Chunk]:
        """Chunks from (before) sample `first` on: by a seek where that works, else from the very start."""
        begin_s = first / self._rate - _PREROLL_S
        if self._seekable and begin_s > 0:
            chunks = self._sought(begin_s)
            head = next(chunks, None)
            if head is not None and head.first <= first:
                yield from self._counted(itertools.chain([head], chunks))
                return
            self._seekable = False
        if self._unread is None:
            self._reopen()
        frames, self._unread = self._unread or self._frames(), None
        yield from self._counted(_numbered(self._samples(frames), 0))

    def _sought(self, at_s: float) -> Iterator[Chunk]:
        """Chunks after a seek; none where the seek or the stamp after it fails."""
        if not self._seek(at_s + self._origin_s):
            return
        skipped = self.skipped_packets
        frames = self._frames()
        head = next(frames, None)
        # Broken packets before the first good one are the seek's doing, not the file's.
        self.skipped_packets = skipped
        stamp_s = None if head is None else _stamp_s(head)
        if head is None or stamp_s is None:
            return
        first = round((stamp_s - self._origin_s) * self._rate)
        yield from _numbered(self._samples(itertools.chain([head], frames)), first)

    def _counted(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        limit = int(self._limits.max_duration_s * self._rate * _LENGTH_SLACK)
        for chunk in chunks:
            if chunk.end > limit:
                raise _too_long(None, self._limits)
            yield chunk

    def _seek(self, at_s: float) -> bool:
        self._unread = None
        if self._stream.time_base is None:
            return False
        self._source.be_patient()
        try:
            self._container.seek(int(at_s / self._stream.time_base), stream=self._stream)
        except decoder_errors():
            return False
        return True

    def _reopen(self) -> None:
        """Back to the first packet: the one way that no demuxer gets wrong."""
        self._unread = None
        self._container.close()
        self._container = open_container(self._source)
        self._stream = audio_stream(self._container)

    def _packets(self) -> Iterator[Packet[AudioStream]]:
        """Packets of the track; a container that breaks off is asked again a few times, then counts as ended."""
        errors = 0
        while errors < _MAX_DEMUX_ERRORS:
            try:
                for packet in self._container.demux(self._stream):
                    errors = 0
                    yield packet
                return
            except decoder_errors():
                errors += 1
        self.skipped_packets += 1

    def _frames(self) -> Iterator[AudioFrame]:
        """Decoded frames; a packet that does not decode is skipped and counted."""
        errors = decoder_errors()
        broken = 0
        for packet in self._packets():
            try:
                frames = packet.decode()
            except errors:
                self.skipped_packets += 1
                broken += 1
                if broken > _MAX_BROKEN_PACKETS:
                    return
                continue
            broken = 0
            yield from frames

    def _samples(self, frames: Iterator[AudioFrame]) -> Iterator[Samples]:
        """Float samples at the track's rate, whatever rate a later part of the stream changes to."""
        rate, resampler = self._rate, None
        for frame in frames:
            if frame.sample_rate != rate:
                if resampler is not None:
                    yield _resampled(resampler, np.empty((self._channels, 0), np.float32), last=True)
                rate = frame.sample_rate
                check_rate(rate, self._limits)
                resampler = None if rate == self._rate else _resampler(rate, self._rate, self._channels)
            samples = to_float(frame, self._channels)
            yield samples if resampler is None else _resampled(resampler, samples)
        if resampler is not None:
            yield _resampled(resampler, np.empty((self._channels, 0), np.float32), last=True)


def _numbered(samples: Iterator[Samples], first: int) -> Iterator[Chunk]:
    for part in samples:
        yield Chunk(first, part)
        first += part.shape[1]


def _resampler(rate: int, wanted: int, channels: int) -> ResampleStream:
    import soxr

    return soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality="HQ")


def _resampled(resampler: ResampleStream, samples: Samples, *, last: bool = False) -> Samples:
    shaped = np.ascontiguousarray(samples.T if len(samples) > 1 else samples[0])
    out = resampler.resample_chunk(shaped, last=last)
    return np.atleast_2d(np.asarray(out, np.float32).T)


def _too_long(seconds: float | None, limits: Limits) -> AudioError:
    hours = limits.max_duration_s / 3600
    length = f"more than {hours:.1f} h" if seconds is None else f"{seconds / 3600:.1f} h"
    return AudioError(
        "AUDIO_TOO_LONG",
        f"the recording lasts {length}; up to {hours:.1f} h are accepted",
        details={"duration_s": seconds, "max_duration_s": limits.max_duration_s},
    )


def _stamp_s(frame: AudioFrame) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)
