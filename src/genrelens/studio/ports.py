"""The port of the page: bound before anything slow is loaded, and who holds it where it is not free."""

from __future__ import annotations

import errno
import socket
import sys

from genrelens.errors import ServeError

__all__ = ["open_socket", "port_holder"]


def open_socket(host: str, port: int) -> socket.socket:
    """Bind and listen, so that a browser that comes early waits instead of being refused.

    Raises:
        ServeError: `PORT_BUSY` with the holder's name; `SERVE_FAILED`: the address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there the option would share a port that is in use
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
            listening.listen(128)
        except OSError:
            listening.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            holder = port_holder(port) or "another program"
            details = {"host": host, "port": port, "holder": holder}
            raise ServeError("PORT_BUSY", f"port {port} is in use by {holder}", details=details) from None
        details = {"host": host, "port": port}
        raise ServeError("SERVE_FAILED", f"cannot listen on {host} port {port}: {error}", details=details) from None
    return listening


def port_holder(port: int) -> str | None:
    """Who listens on a TCP port of this machine: name, pid and command as far as they are told; None for nobody."""
    import psutil

    try:
        listening = [
            connection
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        ]
    except psutil.AccessDenied:  # macOS shows the sockets of others to root alone
        return _answering(port)
    if not listening:
        return None
    pid = next((connection.pid for connection in listening if connection.pid), None)
    if pid is None:
        return "a program of another user"
    try:
        process = psutil.Process(pid)
        return f"{process.name()} (pid {pid}: {' '.join(process.cmdline())[:120]})"
    except psutil.Error:
        return f"pid {pid}"


def _answering(port: int) -> str | None:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return "another program" if probe.connect_ex(("127.0.0.1", port)) == 0 else None
