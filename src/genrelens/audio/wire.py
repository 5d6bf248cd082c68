"""What the parent and a decoding child say to each other: a length, JSON, then raw bytes. Never pickle.

The child works on strangers' files and may be taken over by one. So the parent believes nothing: sizes are bounded
before they are allocated, numbers must be finite, codes must be known, and every text that a person will read (advice,
hints, file names) is made by the parent. An error's message and a genre tag are the texts that cross; both are stripped
and cut here.
"""

from __future__ import annotations

import base64
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO, Final, cast

import numpy as np

from genrelens.audio.health import SEVERITIES, UNITS, HealthFinding, Severity, find
from genrelens.audio.song import Song
from genrelens.audio.sources import Limits, safe_text
from genrelens.audio.tags import GENRE_TAG_CHARS
from genrelens.audio.windows import Excerpt, ListenOptions, SourceInfo
from genrelens.errors import HINTS, AudioError, GenreLensError

__all__ = [
    "ProtocolError",
    "excerpt_header",
    "read_excerpt",
    "read_message",
    "read_song",
    "request_header",
    "request_options",
    "request_path",
    "song_header",
    "to_error",
    "write_message",
]

_MAX_HEADER_BYTES: Final = 1 << 20
_MAX_TEXT_CHARS: Final = 300
_LENGTH_BYTES: Final = 4
_CODEC: Final = re.compile(r"[a-z0-9_]{1,40}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class ProtocolError(Exception):
    """The other side said something that makes no sense."""


def write_message(stream: BinaryIO, header: Mapping[str, Any], body: bytes | memoryview = b"") -> None:
    """Write one message: 4 bytes of length, the header as JSON, then the body, whose size the header tells."""
    text = json.dumps(header, allow_nan=False).encode()
    stream.write(len(text).to_bytes(_LENGTH_BYTES, "big") + text)
    stream.write(body)
    stream.flush()


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    """Read one header; None where the other side has closed.

    Raises:
        ProtocolError: Cut off, too long, or no JSON object.
    """
    prefix = stream.read(_LENGTH_BYTES)
    if not prefix:
        return None
    size = int.from_bytes(prefix, "big")
    if len(prefix) < _LENGTH_BYTES or size > _MAX_HEADER_BYTES:
        raise ProtocolError("bad length")
    text = stream.read(size)
    try:
        header = json.loads(text)
    except ValueError:
        raise ProtocolError("bad JSON") from None
    if len(text) < size or not isinstance(header, dict):
        raise ProtocolError("bad header")
    return header


def request_header(options: ListenOptions, path: str | bytes | None, size: int, *, whole: bool) -> dict[str, Any]:
    """A request to listen to a path, or to the `size` bytes that follow; `whole`: to all of it, as a `Song`."""
    # Paths are bytes that need not be text; base64 carries them all.
    named = None if path is None else base64.b64encode(os.fsencode(path)).decode()
    return {"options": asdict(options), "path": named, "bytes": size, "whole": whole}


def request_options(header: Mapping[str, Any]) -> ListenOptions:
    """The options of a request; the child trusts its parent."""
    values = dict(header["options"])
    return ListenOptions(**{**values, "limits": Limits(**values["limits"])})


def request_path(header: Mapping[str, Any]) -> str | None:
    """The path of a request, None where bytes follow."""
    return None if header["path"] is None else os.fsdecode(base64.b64decode(header["path"]))


def excerpt_header(excerpt: Excerpt) -> dict[str, Any]:
    """Everything of an excerpt but its samples, which follow as raw float32."""
    keys = ("code", "severity", "measured", "limit")
    return {
        "source": asdict(excerpt.source),
        "windows": len(excerpt.windows),
        "starts_s": excerpt.starts_s,
        "listened": excerpt.listened,
        "repeated": excerpt.repeated,
        "health": [[getattr(finding, key) for key in keys] for finding in excerpt.health],
    }


def read_excerpt(header: Mapping[str, Any], stream: BinaryIO, options: ListenOptions, name: str) -> Excerpt:
    """Check an answer's header, read its samples, and put the excerpt together.

    Args:
        header: From `read_message`.
        stream: Where the samples follow.
        options: What was asked for: bounds the size.
        name: The source's name, made harmless by the parent.

    Raises:
        ProtocolError: Anything is missing, out of range, or of the wrong kind.
    """
    try:
        count = _whole(header["windows"], options.most_windows + 1)
        shape = (count, options.window_samples)
        starts = tuple(_number(start) for start in header["starts_s"])
        listened = tuple((_number(start), _number(end)) for start, end in header["listened"])
        findings = tuple(_finding(*values) for values in header["health"])
        source = _source(header["source"], name)
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"bad excerpt: {error}") from None
    if len(starts) != count or len(listened) > options.most_windows + 1 or len(findings) > len(UNITS):
        raise ProtocolError("bad excerpt: counts differ")
    windows = np.empty(shape, np.float32)
    if windows.size and _read_into(stream, windows.data.cast("B")) < windows.nbytes:
        raise ProtocolError("samples cut off")
    if not np.isfinite(windows).all():
        raise ProtocolError("samples not finite")
    repeated = header.get("repeated") is True
    return Excerpt(source, options.sample_rate, windows, starts, listened, repeated, findings, 0.0)


def song_header(song: Song) -> dict[str, Any]:
    """Everything of a song but its samples, which follow as raw float32."""
    return {
        "source": asdict(song.source),
        "channels": len(song.samples),
        "samples": song.samples.shape[1],
        "start_s": song.start_s,
        "cut": song.cut,
    }


def read_song(header: Mapping[str, Any], stream: BinaryIO, options: ListenOptions, name: str) -> Song:
    """Check an answer's header, read its samples, and put the song together; arguments as for `read_excerpt`.

    Raises:
        ProtocolError: Anything is missing, out of range, or of the wrong kind.
    """
    most = math.ceil((options.limits.max_listened_s + 1) * options.sample_rate)
    try:
        shape = (_whole(header["channels"], 3), _whole(header["samples"], most))
        source, start_s = _source(header["source"], name), _number(header["start_s"])
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"bad song: {error}") from None
    if not all(shape):
        raise ProtocolError("bad song: no samples")
    samples = np.empty(shape, np.float32)
    if _read_into(stream, samples.data.cast("B")) < samples.nbytes:
        raise ProtocolError("samples cut off")
    if not np.isfinite(samples).all():
        raise ProtocolError("samples not finite")
    return Song(source, options.sample_rate, samples, start_s, header.get("cut") is True, 0.0)


def to_error(said: Any) -> GenreLensError:
    """The error that a child reports, with the parent's own hint.

    Raises:
        ProtocolError: It is none.
    """
    code = said.get("code") if isinstance(said, dict) else None
    if not isinstance(code, str) or code not in HINTS or not code.startswith("AUDIO_"):
        raise ProtocolError("bad error")
    given = said.get("details")
    details = {str(key): value for key, value in given.items() if _plain(value)} if isinstance(given, dict) else {}
    return AudioError(code, safe_text(said.get("message"), _MAX_TEXT_CHARS), details=details)


def _source(said: Mapping[str, Any], name: str) -> SourceInfo:
    if not _CODEC.fullmatch(said["codec"]) or not _SHA256.fullmatch(said["sha256"]):
        raise ValueError("codec or hash")
    return SourceInfo(
        name=name,
        sha256=said["sha256"],
        duration_s=_number(said["duration_s"]),
        codec=said["codec"],
        sample_rate=_whole(said["sample_rate"], 1 << 31),
        channels=_whole(said["channels"], 1 << 16),
        genre_tag=safe_text(said["genre_tag"], GENRE_TAG_CHARS),
    )


def _finding(code: str, severity: str, measured: float, limit: float) -> HealthFinding:
    if code not in UNITS or severity not in SEVERITIES:
        raise ValueError("finding")
    return find(code, cast("Severity", severity), _number(measured, negative=True), _number(limit, negative=True))


def _number(value: Any, *, negative: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("no finite number")
    if value < 0 and not negative:
        raise ValueError("negative")
    return float(value)


def _whole(value: Any, limit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < limit:
        raise ValueError("no whole number in range")
    return value


def _plain(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and math.isfinite(value))


def _read_into(stream: BinaryIO, target: memoryview) -> int:
    done = 0
    while done < len(target):
        got = stream.readinto(target[done:])  # type: ignore[attr-defined]
        if not got:
            break
        done += got
    return done
