"""Failures below SQLite: the n-th write, sync, truncation or deletion that it asks the system for goes wrong.

SQLite reaches files through a table of functions (its "VFS"); here some of the entries are replaced in the running
library, as SQLite's own tests do it. What is above - SQLite, the driver, SQLAlchemy, ours - is the real thing.
"""

from __future__ import annotations

import _sqlite3
import contextlib
import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = ["Faults", "Operation", "failing"]

Operation = Literal["write", "sync", "truncate", "delete"]

_FULL: Final = 13
_CODES: Final = {"write": 10 | 3 << 8, "sync": 10 | 4 << 8, "truncate": 10 | 6 << 8, "delete": 10 | 10 << 8}
"""SQLITE_IOERR_WRITE, _FSYNC, _TRUNCATE, _DELETE."""

_File = ctypes.c_void_p
_Write = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_int)
_Open = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, _File, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_Delete = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", _Write),
        ("truncate", _Truncate),
        ("sync", _Sync),
        ("others", ctypes.c_void_p * 13),
    )


class _Vfs(ctypes.Structure):
    """The beginning of `sqlite3_vfs`."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_bytes", ctypes.c_int),
        ("path_chars", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", _Open),
        ("delete", _Delete),
    )


@dataclass
class Faults:
    """What fails, and whether it came to that.

    Attributes:
        operation: Which kind.
        number: Which one of them fails, counted from 1; every later one fails too.
        full: Whether it says that the disk is full; else that it broke.
        seen: How many were asked for.
    """

    operation: Operation
    number: int
    full: bool = False
    seen: int = 0
    _kept: dict[int, tuple[_Methods, _Methods]] = field(default_factory=dict)

    @property
    def happened(self) -> bool:
        """Whether anything failed."""
        return self.seen >= self.number

    def _fails(self, operation: Operation) -> int:
        if operation != self.operation:
            return 0
        self.seen += 1
        return 0 if self.seen < self.number else _FULL if self.full else _CODES[operation]

    def _replaced(self, address: int) -> _Methods:
        """The functions at an address, with ours in between."""
        if address not in self._kept:
            real = _Methods.from_address(address)
            ours = _Methods.from_buffer_copy(real)
            ours.write = _Write(lambda *given: self._fails("write") or real.write(*given))
            ours.truncate = _Truncate(lambda *given: self._fails("truncate") or real.truncate(*given))
            ours.sync = _Sync(lambda *given: self._fails("sync") or real.sync(*given))
            self._kept[address] = real, ours
        return self._kept[address][1]


_for_life: list[Any] = []
"""Functions that a file which was not closed might still call."""


@contextlib.contextmanager
def failing(operation: Operation, number: int, *, full: bool = False) -> Iterator[Faults]:
    """Let the `number`-th operation of files opened from now on fail, and all that follow, until the block ends."""
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    vfs = library.sqlite3_vfs_find(None).contents
    faults = Faults(operation, number, full)
    real_open = _Open(ctypes.cast(vfs.open, ctypes.c_void_p).value or 0)
    real_delete = _Delete(ctypes.cast(vfs.delete, ctypes.c_void_p).value or 0)

    def opened(self: int, name: int, file: int, flags: int, out: Any) -> int:
        code = real_open(self, name, file, flags, out)
        methods = ctypes.c_void_p.from_address(file)
        if code == 0 and methods.value:
            methods.value = ctypes.addressof(faults._replaced(methods.value))
        return code

    replaced = _Open(opened), _Delete(lambda *given: faults._fails("delete") or real_delete(*given))
    _for_life.append((faults, replaced))
    vfs.open, vfs.delete = replaced
    try:
        yield faults
    finally:
        vfs.open, vfs.delete = real_open, real_delete
        faults.operation = "none"  # type: ignore[assignment] # what is still open works again
