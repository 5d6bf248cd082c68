"""Whether the page can listen on a port, and who holds it otherwise."""

from __future__ import annotations

import os
import socket

from genrelens.errors import ServeError

__all__ = ["check_port", "port_holder"]


def check_port(host: str, port: int) -> None:
    """Make sure that the page can listen there, before anything slow is loaded.

    Raises:
        ServeError: `PORT_BUSY` with the holder's name, or `SERVE_FAILED` where the address is not ours to use.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            if os.name == "posix":  # elsewhere the option would let two programs share the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        holder = port_holder(port)
        if holder is None:
            raise ServeError("SERVE_FAILED", f"cannot listen on {host}:{port}: {error.strerror or error}") from None
        details = {"port": port, "holder": holder}
        raise ServeError("PORT_BUSY", f"port {port} is in use by {holder}", details=details) from None


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
