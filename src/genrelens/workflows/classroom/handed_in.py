"""The files that a class hands in: a folder, or a zip that is unpacked into a private place and goes when it is done.

A zip is a stranger's. Its names never become paths here: every file is written under a number of ours into a folder
that only this user reads, so nothing can get out. Names that try, links, encrypted entries and archives inside are left
out and said. Sizes are counted while unpacking: an entry, all of them together, and how much one byte becomes.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from genrelens.audio.files import AUDIO_SUFFIXES, find_audio
from genrelens.audio.sources import Limits, safe_name
from genrelens.errors import UsageError

__all__ = ["MAX_ENTRIES", "MAX_TOTAL_BYTES", "Handed", "HandedIn", "LeftOut", "open_handed_in"]

MAX_ENTRIES: Final = 2_000
"""Files of a zip."""
MAX_TOTAL_BYTES: Final = 4_000_000_000
"""All files of a zip together, unpacked."""
_MAX_RATIO: Final = 100
"""How much one byte of a sound file may become: silence as WAV packs a thousandfold, music hardly at all."""
_RATIO_FROM: Final = 20_000_000
"""Bytes from which the ratio is asked about: a short silence is no bomb."""
_BLOCK: Final = 1 << 18
_LONGEST_LIST: Final = 2_000_000
"""Bytes of a zip's list of files, which is read whole: a crafted one would fill the memory before it is counted."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What every system writes and reads; LZMA may ask for gigabytes of memory."""
_ARCHIVES: Final = frozenset(".zip .rar .7z .tar .gz .tgz .bz2 .xz .zst .cab .iso".split())
_QUIET: Final = frozenset(("thumbs.db", "desktop.ini"))
_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1

Cause = Literal["path", "link", "archive", "encrypted", "too_large", "method", "damaged", "not_sound"]


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that was handed in: its harmless name, with folders as it was named, and where it lies here."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not taken, and why."""

    name: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class HandedIn:
    """All that was handed in."""

    files: tuple[Handed, ...]
    left_out: tuple[LeftOut, ...] = ()


@contextlib.contextmanager
def open_handed_in(
    source: Path, *, limits: Limits | None = None, step: Callable[[], None] | None = None
) -> Iterator[HandedIn]:
    """The files of a folder or a zip, while the `with` lasts.

    Args:
        source: A folder, or a zip (whatever it is called).
        limits: `max_bytes` is that of one file.
        step: Called between blocks while a zip is unpacked; what it raises ends it.

    Raises:
        UsageError: `ZIP_REFUSED`; `NO_INPUT` where there is no sound file in it.
        AudioError: `AUDIO_NOT_FOUND` where a folder cannot be read.
    """
    if source.is_dir():
        yield _some(HandedIn(_in_folder(source)))
        return
    with tempfile.TemporaryDirectory(prefix="genrelens-class-") as private:
        yield _some(_unpacked(source, Path(private), limits or Limits(), step or _ignore))


def _some(found: HandedIn) -> HandedIn:
    if not found.files:
        raise UsageError("NO_INPUT", "there is no sound file in what was handed in")
    return found


def _in_folder(folder: Path) -> tuple[Handed, ...]:
    return tuple(Handed(_shown(path.relative_to(folder).parts), path) for path in find_audio([folder]))


def _unpacked(source: Path, private: Path, limits: Limits, step: Callable[[], None]) -> HandedIn:
    try:
        with _Wary(io.FileIO(source)) as file, zipfile.ZipFile(file) as archive:
            return _entries(archive, private, limits, step)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise UsageError(
            "ZIP_REFUSED", f"{safe_name(source) or 'the file'} is no zip that can be read: {error}"
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise UsageError("ZIP_REFUSED", f"{safe_name(source) or 'the file'} cannot be unpacked: {reason}") from None


class _Wary(io.BufferedReader):
    """A file of which nobody reads much at once: only the list of files of an archive is ever read whole."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > _LONGEST_LIST:
            raise zipfile.BadZipFile("its list of files is too long")
        return super().read(size)


def _entries(archive: zipfile.ZipFile, private: Path, limits: Limits, step: Callable[[], None]) -> HandedIn:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        raise UsageError("ZIP_REFUSED", f"the zip holds {len(entries)} files, over {MAX_ENTRIES}")
    files: list[Handed] = []
    left_out: list[LeftOut] = []
    room = MAX_TOTAL_BYTES
    for number, entry in enumerate(entries):
        step()
        parts = _parts(_name(entry))
        if _is_quiet(parts):
            continue
        cause = _cause(entry, parts)
        target = private / f"{number:05d}.song"
        if cause is None:
            written, cause = _write(archive, entry, target, min(limits.max_bytes, room), step)
            room -= written
        if cause is None:
            files.append(Handed(_shown(parts), target))
        else:
            target.unlink(missing_ok=True)
            left_out.append(LeftOut(_shown(parts), cause))
        if room <= 0:
            raise UsageError("ZIP_REFUSED", f"the zip holds over {MAX_TOTAL_BYTES // 10**9} GB when unpacked")
    return HandedIn(tuple(files), tuple(left_out))


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the flag for UTF-8, programs wrote UTF-8 all the same, or the system's GBK."""
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return entry.filename


def _parts(name: str) -> tuple[str, ...]:
    return tuple(name.replace("\\", "/").split("/"))


def _is_quiet(parts: Sequence[str]) -> bool:
    """What systems leave in archives, and nobody handed in."""
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].casefold() in (*_QUIET, ".ds_store")


def _cause(entry: zipfile.ZipInfo, parts: Sequence[str]) -> Cause | None:
    suffix = PurePosixPath(parts[-1]).suffix.lower()
    if not parts[0] or ".." in parts or ":" in parts[0]:
        return "path"
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "link"
    if suffix in _ARCHIVES:
        return "archive"
    if suffix not in AUDIO_SUFFIXES:
        return "not_sound"
    if entry.flag_bits & _ENCRYPTED_FLAG:
        return "encrypted"
    return None if entry.compress_type in _METHODS else "method"


def _write(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int, step: Callable[[], None]
) -> tuple[int, Cause | None]:
    """Unpack one entry; how many bytes it became, and why it was given up, if it was."""
    if entry.file_size > most:
        return 0, "too_large"
    written = 0
    try:
        with archive.open(entry) as packed, target.open("xb") as out:
            while block := packed.read(_BLOCK):
                step()
                written += len(block)
                # Headers lie: what is counted is what comes.
                if written > most or (written > _RATIO_FROM and written > _MAX_RATIO * max(1, entry.compress_size)):
                    return written, "too_large"
                out.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return written, "damaged"
    return written, None


def _shown(parts: Sequence[str]) -> str:
    """A name to show and to match: each part harmless, composed (a Mac writes letters and accents apart)."""
    harmless = [unicodedata.normalize("NFC", safe_name(part)) for part in parts if part not in ("", ".")]
    return "/".join(part for part in harmless if part) or "?"


def _ignore() -> None:
    pass
