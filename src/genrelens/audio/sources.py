"""What is listened to, before any decoder sees it: a path, bytes or an open file become one capped, hashed handle.

Everything handed in is hostile. A path is only ever a local file: it is opened here and the decoder gets a handle
without a name, so that `http:`, `concat:` or a leading dash mean nothing. Sizes are counted while reading.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from types import TracebackType
from typing import Any, BinaryIO, Final, Protocol

from genrelens.errors import AudioError

__all__ = ["ByteSource", "FileLike", "Limits", "PathOrBytes", "open_source", "read_capped", "safe_name", "safe_text"]

_HASH_BLOCK_BYTES: Final = 1 << 20
_MAX_CALLS: Final = 2_000_000
"""Reads and seeks of a demuxer from one start: an honest 200 MB file takes under 10 000. A crafted one makes a call for
a few bytes (a WAV padded with zeros: four for 8 bytes, two minutes for 200 MB)."""

_NAME_MAX_CHARS: Final = 255


class FileLike(Protocol):
    """An open binary file: all that is asked of it is `read`."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""


PathOrBytes = str | os.PathLike[str] | bytes | bytearray | memoryview | FileLike


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is accepted from one source.

    Attributes:
        max_bytes: Size of the file, in bytes.
        max_duration_s: Length of the recording, in seconds.
        max_listened_s: Most that is listened to at once, in seconds.
        min_rate: Lowest declared sample rate, in Hz: under it an hour of output costs an attacker a few bytes.
        max_rate: Highest declared sample rate, in Hz.
    """

    max_bytes: int = 200 * 1024 * 1024
    max_duration_s: float = 6 * 3600.0
    max_listened_s: float = 20 * 60.0
    min_rate: int = 8_000
    max_rate: int = 384_000


class ByteSource:
    """The bytes of one source: seekable, nameless, hashed. Close it, or use it in a `with`.

    Attributes:
        name: Harmless file name, "" where there is none.
        sha256: Of all bytes, in hex.
        size: Number of bytes.
    """

    def __init__(self, handle: BinaryIO, name: str, limits: Limits) -> None:
        self._handle = handle
        self._calls_left = _MAX_CALLS
        self.name = name
        digest = hashlib.sha256()
        size = 0
        while block := handle.read(_HASH_BLOCK_BYTES):
            size += len(block)
            if size > limits.max_bytes:
                raise _too_large(size, limits)
            digest.update(block)
        if not size:
            raise AudioError("AUDIO_EMPTY", "the file has no bytes at all", details={"bytes": 0})
        self.sha256 = digest.hexdigest()
        self.size = size
        handle.seek(0)

    def be_patient(self) -> None:
        """Allow another `_MAX_CALLS` reads and seeks."""
        self._calls_left = _MAX_CALLS

    @property
    def exhausted(self) -> bool:
        """Whether the reads and seeks that were allowed have been used up."""
        return self._calls_left < 0

    # The decoder looks for these three and finds nothing else: no name, no write. An exception would be printed by
    # PyAV and lost, so a demuxer whose patience is over is told that the file ends.
    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes from where the last call ended."""
        self._calls_left -= 1
        return self._handle.read(size) if self._calls_left >= 0 else b""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to `offset`."""
        self._calls_left -= 1
        return self._handle.seek(offset, whence) if self._calls_left >= 0 else -1

    def tell(self) -> int:
        """Where the next read starts."""
        return self._handle.tell()

    def close(self) -> None:
        """Close the file below."""
        self._handle.close()

    def __enter__(self) -> ByteSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(source: PathOrBytes, limits: Limits) -> ByteSource:
    """Open a path, bytes or a binary file object.

    Args:
        source: A local path; bytes; or an open binary file, read from where it stands (it is not closed).
        limits: `max_bytes` counts.

    Raises:
        AudioError: `AUDIO_NOT_FOUND`, `AUDIO_UNREADABLE`, `AUDIO_EMPTY` or `AUDIO_TOO_LARGE`.
        TypeError: `source` is nothing of the kind.
    """
    if isinstance(source, (str, os.PathLike)):
        handle = _open_path(os.fspath(source), limits)
        name = safe_name(os.fspath(source))
    else:
        handle, name = io.BytesIO(read_capped(source, limits)), safe_name(getattr(source, "name", ""))
    try:
        return ByteSource(handle, name, limits)
    except OSError as error:
        handle.close()
        raise AudioError("AUDIO_UNREADABLE", f"{name or 'the file'} cannot be read: {error.strerror}") from None
    except BaseException:
        handle.close()
        raise


def read_capped(source: bytes | bytearray | memoryview | FileLike, limits: Limits) -> bytes:
    """The bytes of bytes or of an open binary file, never more than `limits.max_bytes` of them.

    Raises:
        AudioError: `AUDIO_TOO_LARGE`, `AUDIO_UNREADABLE`.
        TypeError: `source` is nothing of the kind.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data: Any = source
    elif hasattr(source, "read"):
        try:
            data = source.read(limits.max_bytes + 1)
        except OSError as error:
            raise AudioError("AUDIO_UNREADABLE", f"the open file cannot be read: {error}") from None
        if not isinstance(data, (bytes, bytearray)):
            raise TypeError("the file must be open for bytes: open(path, 'rb')")
    else:
        raise TypeError(f"a path, bytes, an open binary file or samples are needed, not {type(source).__name__}")
    if len(data) > limits.max_bytes:
        raise _too_large(len(data), limits)
    return bytes(data)


def safe_name(path: Any) -> str:
    """The last part of a path, without anything that could change a terminal, a page or a reading direction.

    Args:
        path: A path, or whatever a file object calls its name.

    Returns:
        At most 255 characters; "" where `path` is no text.
    """
    path = os.fspath(path) if isinstance(path, os.PathLike) else path
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str):
        return ""
    name = PureWindowsPath(PurePosixPath(path).name).name
    # Categories C*: control, format (bidi overrides, zero width), surrogate, private, unassigned; Z*: separators.
    clean = "".join(
        " " if unicodedata.category(char) in ("Zl", "Zp", "Zs", "Cc") else char
        for char in name
        if not unicodedata.category(char).startswith("C") or unicodedata.category(char) == "Cc"
    ).strip()
    if len(clean) <= _NAME_MAX_CHARS:
        return clean
    suffix = PurePosixPath(clean).suffix[:16]
    return clean[: _NAME_MAX_CHARS - len(suffix) - 1] + "…" + suffix


def safe_text(text: Any, limit: int) -> str:
    """A text of a stranger's on one line, without anything that could change a terminal, a page or a reading direction.

    Args:
        text: Whatever stands where a text is expected.
        limit: Most characters.

    Returns:
        "" where `text` is none.
    """
    if not isinstance(text, str):
        return ""
    # Categories C*: control, format (bidi overrides, zero width), surrogate, private, unassigned.
    clean = "".join(char for char in " ".join(text.split()) if not unicodedata.category(char).startswith("C"))
    return clean[:limit].strip()


def _open_path(path: str | bytes, limits: Limits) -> BinaryIO:
    shown = safe_name(os.fsdecode(path)) or "the file"
    try:
        handle: BinaryIO = open(path, "rb", opener=_open_at_once)  # noqa: SIM115
    except IsADirectoryError:
        raise AudioError("AUDIO_UNREADABLE", f"{shown} is a folder, not a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) in (errno.ENXIO, errno.ENODEV):
            raise AudioError("AUDIO_UNREADABLE", f"{shown} is not a regular file") from None
        raise AudioError("AUDIO_NOT_FOUND", f"{shown} cannot be opened: {reason}") from None
    facts = os.fstat(handle.fileno())
    problem = None
    if not stat.S_ISREG(facts.st_mode):
        problem = AudioError("AUDIO_UNREADABLE", f"{shown} is not a regular file")
    elif facts.st_size > limits.max_bytes:
        problem = _too_large(facts.st_size, limits)
    if problem:
        handle.close()
        raise problem
    return handle


def _open_at_once(path: str, flags: int) -> int:
    # Opening a named pipe must not wait for a writer; regular files ignore the flag.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _too_large(size: int, limits: Limits) -> AudioError:
    return AudioError(
        "AUDIO_TOO_LARGE",
        f"the file has {size / 2**20:.0f} MB or more, over the limit of {limits.max_bytes / 2**20:.0f} MB",
        details={"bytes": size, "max_bytes": limits.max_bytes},
    )
