"""By which names the page may be asked for: a name of somebody else is a web site that was pointed at this machine.

Any site's owner can have its name resolve to 127.0.0.1 (DNS rebinding); a browser then lets that site's scripts read
what this page answers, because to it they are of one origin. The name still stands in the request's Host header.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Collection
from typing import Final

__all__ = ["allows", "is_loopback", "names_for"]

_OF_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::[0-9]+)?")
"""A Host header: a name, or an address in brackets; and a port."""


def names_for(address: str, more: Collection[str] = ()) -> Callable[[str], bool]:
    """Whether a Host header names this page.

    Args:
        address: What the page is bound to. On this machine's own address only its own names are right; on any other
            also every address written as a number, which no site can take for its name, and this machine's names.
        more: Further names, as a proxy in front has them.
    """
    names = {*_OF_THIS_MACHINE, _plain(address), *(_plain(_without_port(name)) for name in more)} - {""}
    local = is_loopback(address)
    if not local:
        own = _plain(socket.gethostname())
        names.update((own, f"{own.partition('.')[0]}.local"))
        # Asks the name server, which may be slow or away: the page does not wait for it.
        threading.Thread(target=lambda: names.add(_plain(socket.getfqdn())), name="own-name", daemon=True).start()
    return lambda header: allows(header, names, numbers=not local)


def allows(header: str, names: Collection[str], *, numbers: bool) -> bool:
    """Whether a Host header, with or without a port, is one of `names`, or a number where those are right."""
    name = _plain(_without_port(header))
    return name in names or (numbers and _is_number(name))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_port(header: str) -> str:
    written = _HEADER.fullmatch(header)
    return written[1] if written else ""


def _plain(name: str) -> str:
    return name.strip().strip("[]").rstrip(".").lower()


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
