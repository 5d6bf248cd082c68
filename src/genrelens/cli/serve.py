"""`genrelens serve`: the page."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

from genrelens.errors import ServeError, UsageError

__all__ = ["check_port", "port_holder", "serve"]


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every machine that reaches this one.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    password: Annotated[
        str | None,
        typer.Option(envvar="GENRELENS_PASSWORD", help="Ask visitors for this password.", show_default=False),
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="Folder of another model.", show_default=False)] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    browser: Annotated[bool, typer.Option(help="Open the page in your browser.")] = False,
) -> None:
    """Serve the page, by default on http://127.0.0.1:8000 for this machine alone."""
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError("INPUT_INVALID", f"--device {device} is not known; auto, cpu and cuda are")
    check_port(host, port)

    from genrelens.studio import serve as serve_page

    serve_page(bundle=bundle, device=device, host=host, port=port, password=password, browser=browser)


def check_port(host: str, port: int) -> None:
    """Make sure that the page can listen there, before anything slow is loaded.

    Raises:
        ServeError: `PORT_BUSY` with the holder's name, or `SERVE_FAILED` where the address is not ours to use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            holder = port_holder(port)
            if holder:
                details = {"port": port, "holder": holder}
                raise ServeError("PORT_BUSY", f"port {port} is in use by {holder}", details=details) from None
            raise ServeError("SERVE_FAILED", f"cannot listen on {host}:{port}: {error.strerror or error}") from None


def port_holder(port: int) -> str | None:
    """Who listens on a TCP port of this machine: "name (pid 123)", "another program", or None for nobody."""
    import psutil

    try:
        listening = [
            connection
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        ]
    except psutil.AccessDenied:
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
    # macOS shows the sockets of others only to root.
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return "another program" if probe.connect_ex(("127.0.0.1", port)) == 0 else None
