"""A PostgreSQL of our own for tests: on loopback, in a folder that goes again; nothing of the machine's is touched."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Postgres", "start_postgres"]


@dataclass
class Postgres:
    """One server: `url(name)` names a fresh database of it; `stop` and `start` are a restart."""

    programs: Path
    folder: Path
    port: int

    def url(self, database: str) -> str:
        """The address of a new, empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester", database)
        return f"postgresql://tester@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root; its package brings a user of its own.
        before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*before, str(self.programs / program), *arguments], cwd="/", capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr


def start_postgres(folder: Path) -> Postgres:
    """Start a server in `folder`; without PostgreSQL it skips, or fails with GENRELENS_REQUIRE_CORPUS=1."""
    found = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or ([Path(found).parent] if found else [])
    if not places:
        reason = "no PostgreSQL here: apt-get install postgresql"
        if os.environ.get("GENRELENS_REQUIRE_CORPUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    server = Postgres(places[-1], folder, port)
    server._run("initdb", "-D", str(folder / "data"), "-U", "tester", "--auth=trust", "-E", "UTF8", "--locale=C", "-N")
    server.start()
    return server
