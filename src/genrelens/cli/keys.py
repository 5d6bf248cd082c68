"""One key from a terminal, without Enter; a line from anything else."""

from __future__ import annotations

import sys

__all__ = ["read_key"]


def read_key() -> str:
    """The next key, "\\r" for Enter; from what is no terminal the first character of a line. "" at its end.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return (line.strip()[:1] or "\r") if line else ""
    key = _from_terminal()
    if key == "\x03":
        raise KeyboardInterrupt
    return "" if key == "\x04" else "\r" if key == "\n" else key


def _from_terminal() -> str:
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.getwch()
    import termios
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        # Not flushed: who types ahead loses nothing.
        tty.setcbreak(handle, termios.TCSADRAIN)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
