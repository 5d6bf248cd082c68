"""Which containers and codecs may be opened at all, and opening them: the gate in front of every decoder.

An allow-list, because FFmpeg reads some 350 formats and among them are playlists, session descriptions and scripts that
open other files and addresses (a "song.mp3" with the text `ffconcat` does). Decoders are listed, too: probing a file
starts video decoders otherwise, and those are where the holes are.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Final

from genrelens.audio.sources import ByteSource, Limits
from genrelens.errors import AudioError

if TYPE_CHECKING:
    from av import AudioStream
    from av.container import InputContainer

__all__ = [
    "CONTAINERS",
    "audio_stream",
    "check_channels",
    "check_rate",
    "decoder_errors",
    "decoder_name",
    "open_container",
    "promised_frames",
]

CONTAINERS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "mp3,mpc,mpc8,mpeg,mpegts,ogg,tak,tta,voc,w64,wav,wv"
)
"""Demuxers that may open a file. No playlists, no image sequences, nothing that names other files."""

_CODECS: Final = frozenset(
    {"aac", "aac_latm", "ac3", "alac", "amrnb", "amrwb", "ape", "dca", "dsd_lsbf", "dsd_lsbf_planar", "dsd_msbf"}
    | {"dsd_msbf_planar", "eac3", "flac", "gsm", "gsm_ms", "libopus", "libspeex", "libvorbis", "mp1", "mp2", "mp3"}
    | {"mpc7", "mpc8", "nellymoser", "opus", "speex", "tak", "tta", "vorbis", "wavpack", "wmalossless", "wmapro"}
    | {"wmav1", "wmav2", "wmavoice"}
)
"""Decoders that may run, beside the two families below; the floating-point twins (mp3float) count as them."""

_CODEC_FAMILIES: Final = ("pcm_", "adpcm_")

_ID3_HEADER_BYTES: Final = 10
_MAX_ID3_TAGS: Final = 4
_FRAME_HEAD_BYTES: Final = 64
"""The mark stands 36 or 21 bytes into the first frame."""

_MAX_CHANNELS: Final = 64


def open_container(source: ByteSource) -> InputContainer:
    """Open a file from its first byte.

    Raises:
        AudioError: `AUDIO_UNREADABLE` with the container's own words.
    """
    import av

    source.be_patient()
    source.seek(0)
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none", "codec_whitelist": _decoders()}
    try:
        container = av.open(source, mode="r", options=options, metadata_errors="replace")
    except decoder_errors() as error:
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise AudioError("AUDIO_UNREADABLE", f"no audio file was recognised: {words}") from None
    if source.exhausted:
        container.close()
        raise AudioError("AUDIO_UNREADABLE", "the file is cut into millions of pieces and sends its reader to and fro")
    source.be_patient()
    return container


def audio_stream(container: InputContainer) -> AudioStream:
    """The first audio track that may be decoded.

    Raises:
        AudioError: `AUDIO_NO_TRACK` where there is none, `AUDIO_UNREADABLE` where its codec is not on the list.
    """
    streams = container.streams.audio
    if not streams:
        name = container.format.name.split(",")[0]
        others = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise AudioError("AUDIO_NO_TRACK", f"the {name} file has no audio track, only: {others}")
    for stream in streams:
        if _accepted(decoder_name(stream)):
            # One thread: workers run side by side, and a sandboxed one has no memory for a pool.
            stream.codec_context.thread_count = 1
            return stream
    names = ", ".join(sorted({decoder_name(stream) for stream in streams}))
    raise AudioError("AUDIO_UNREADABLE", f"the sound is in a format that is not decoded here: {names}")


def decoder_name(stream: AudioStream) -> str:
    """The track's decoder in FFmpeg's words, "unknown" where it has none."""
    # Streams that were cut off in their headers may come without a decoder, whatever the type stub says.
    context: object = stream.codec_context
    return "unknown" if context is None else stream.codec_context.name


def _accepted(decoder: str) -> bool:
    return decoder.startswith(_CODEC_FAMILIES) or decoder.removesuffix("float") in _CODECS


@functools.cache
def _decoders() -> str:
    import av.codec

    return ",".join(sorted(filter(_accepted, av.codec.codecs_available)))


def promised_frames(source: ByteSource) -> int | None:
    """How many frames an mp3 file says it has (Xing or Info header); None where it does not say.

    FFmpeg uses that number only where it fits the file's size, that is, never where a download broke off.
    The source is left where it stood.
    """
    place = source.tell()
    source.seek(0)
    for _ in range(_MAX_ID3_TAGS):
        head = source.read(_ID3_HEADER_BYTES)
        if not (head.startswith(b"ID3") and len(head) == _ID3_HEADER_BYTES):
            break
        # Four bytes of seven bits each.
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        source.seek(size, io.SEEK_CUR)
    frame = head + source.read(_FRAME_HEAD_BYTES)
    source.seek(place)
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark)
        if at >= 0 and len(frame) >= at + 12 and frame[at + 7] & 1:
            return int.from_bytes(frame[at + 8 : at + 12], "big")
    return None


def check_rate(rate: int, limits: Limits) -> None:
    """Refuse sample rates that turn a few bytes into hours.

    Raises:
        AudioError: `AUDIO_RATE_REFUSED`.
    """
    if not limits.min_rate <= rate <= limits.max_rate:
        raise AudioError(
            "AUDIO_RATE_REFUSED",
            f"the file declares a sample rate of {rate} Hz; {limits.min_rate} to {limits.max_rate} Hz are accepted",
            details={"sample_rate": rate, "min_rate": limits.min_rate, "max_rate": limits.max_rate},
        )


def check_channels(count: int) -> int:
    """Refuse impossible numbers of channels; the number itself otherwise.

    Raises:
        AudioError: `AUDIO_UNREADABLE`.
    """
    if not 1 <= count <= _MAX_CHANNELS:
        raise AudioError("AUDIO_UNREADABLE", f"the file declares {count} channels; 1 to {_MAX_CHANNELS} are accepted")
    return count


def decoder_errors() -> tuple[type[Exception], ...]:
    """What PyAV raises on broken input; MemoryError for sizes in headers, IndexError for missing streams."""
    import av.error

    return (av.error.FFmpegError, MemoryError, IndexError, ValueError, OverflowError, OSError)
