"""Serving the page: the port first, then the model and Gradio side by side, and everything gone at the end."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from genrelens.listening.model import Model
from genrelens.studio.hosts import is_loopback, names_for
from genrelens.studio.ports import open_socket
from genrelens.studio.samples import find_samples
from genrelens.studio.uploads import Uploads
from genrelens.workflows.policy import DEFAULT, Policy

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue
    from genrelens.studio.room import Room

__all__ = ["serve"]

_SWEEP_S: Final = 60.0
_GOODBYE_S: Final = 2
"""Seconds that open tabs get to close their streams when the page ends."""

_log = logging.getLogger(__name__)


def serve(
    model: Model | Callable[[], Model],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    password: str | None = None,
    allow_hosts: Sequence[str] = (),
    catalogue: Catalogue | None = None,
    policy: Policy = DEFAULT,
    policy_name: str = "",
) -> None:
    """Serve the page until it is interrupted.

    Args:
        model: A loaded model, or what loads it (`load_model`): that then happens while the page starts.
        host: Address to bind; anything but this machine's own without a password prints a warning.
        port: Port to bind.
        password: Asked for by the page, with the user name "genrelens".
        allow_hosts: Names under which the page may be asked for besides this machine's own, as a proxy has them.
        catalogue: To review and to look at; the caller closes it.
        policy: What Review and accepting in bulk go by.
        policy_name: Of its file, as the page shows it; "" for the default.

    Raises:
        ServeError: `PORT_BUSY` or `SERVE_FAILED`.
        BundleError: The model cannot be loaded; the page ends.
    """
    listening = open_socket(host, port)
    uploads = Uploads()
    try:
        with _ended_by_terminate():
            loading = _load_aside(model)
            from genrelens.audio.sandbox import DecodePool
            from genrelens.studio.listen import CONCURRENCY
            from genrelens.studio.room import Room

            with DecodePool(workers=CONCURRENCY) as pool:
                room = Room(
                    loading.result,
                    pool.listen,
                    pool.read_song,
                    uploads,
                    tuple(find_samples()),
                    is_loopback(host),
                    catalogue=catalogue,
                    policy=policy,
                    policy_name=policy_name,
                )
                _serve(room, loading, listening, names_for(host, allow_hosts), password)
    except KeyboardInterrupt:
        pass  # asked to end: all the same to the caller
    finally:
        listening.close()
        uploads.remove()


def _serve(
    room: Room,
    model: Future[Model],
    listening: socket.socket,
    known: Callable[[str], bool],
    password: str | None,
) -> None:
    from genrelens.studio.page import build_app, build_page

    server = _quiet_server(build_app(build_page(room), room, password=password, known=known))
    model.add_done_callback(
        lambda done: setattr(server, "should_exit", done.exception() is not None or server.should_exit)
    )
    stop_sweeping = _sweep_often(room)
    _announce(listening, local=room.local, password=password)
    try:
        server.run(sockets=[listening])
    finally:
        stop_sweeping.set()
    if model.done() and (error := model.exception()) is not None:
        raise error


@contextlib.contextmanager
def _ended_by_terminate() -> Iterator[None]:
    """SIGTERM ends the page like Ctrl-C does; by default it would end it before the uploads are deleted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _load_aside(model: Model | Callable[[], Model]) -> Future[Model]:
    future: Future[Model] = Future()

    def load() -> None:
        try:
            future.set_result(model if isinstance(model, Model) else model())
        except BaseException as error:  # handed to whoever asks for the model, and ends the page
            future.set_exception(error)

    threading.Thread(target=load, name="load-model", daemon=True).start()
    return future


def _quiet_server(app: Any) -> Any:
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GOODBYE_S,
        )
    )


def _sweep_often(room: Room) -> threading.Event:
    stop = threading.Event()

    def sweep() -> None:
        while not stop.wait(_SWEEP_S):
            try:
                room.results.sweep()
                room.tables.sweep()
                room.pools.sweep()
                room.sheets.sweep()
                room.settled.sweep()
                room.uploads.sweep()
                room.seats.sweep()
            except OSError as error:
                _log.warning("uploads could not be swept: %s", error)

    threading.Thread(target=sweep, name="sweep-uploads", daemon=True).start()
    return stop


def _announce(listening: socket.socket, *, local: bool, password: str | None) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"GenreLens: http://{shown}:{port}  (Ctrl-C ends it)", flush=True)
    if password:
        print("The user name is genrelens, the password the one you gave.", flush=True)
    if not local and not password:
        print(
            "Warning: everybody who can reach this machine can use this page. Give --password, or leave --host out.",
            file=sys.stderr,
            flush=True,
        )
