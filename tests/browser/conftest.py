"""A real server process and a real Chromium, once for all tests; every request and message is watched."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("GENRELENS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --use-fake-device-for-media-stream --use-fake-ui-for-media-stream"
).split()


@dataclass
class Server:
    """One `genrelens serve`: its process, address, and the folder in which its uploads lie."""

    process: subprocess.Popen
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def uploads(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def songs(self) -> set[Path]:
        """What was uploaded and is still there: a tab closed in mid-upload leaves it until it is an hour old."""
        return {path for path in self.uploads() if path.suffix == ".song"}


@dataclass
class Watched:
    """What went wrong or went away while a page was used."""

    page: object
    messages: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def start_server(folder: Path, *arguments: str) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "genrelens", "serve", "--port", str(port), *arguments],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=(folder / "server.log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    server = Server(process, port, folder)
    deadline = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(server.url, timeout=60):
                return server
        except urllib.error.HTTPError:
            return server  # it wants a password
        except OSError:
            log = (folder / "server.log").read_text()
            assert process.poll() is None, log
            assert time.monotonic() < deadline, log
            time.sleep(0.1)


def end_server(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        reason = "no chromium here: apt-get install chromium, or name one in GENRELENS_CHROMIUM"
        if os.environ.get("GENRELENS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(chromium, tmp_path_factory):
    started = start_server(tmp_path_factory.mktemp("served"))
    yield started
    end_server(started)


@pytest.fixture
def open_page(chromium, server):
    """Opens the page in a fresh tab; whatever is printed, fetched from elsewhere or refused fails the test."""
    opened: list[Watched] = []

    def open_(url: str | None = None, *, width: int = 1280, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, **{"locale": "en-US", "color_scheme": "light", **options}
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        watched = Watched(page)
        page.on("console", lambda m: m.type in ("error", "warning") and watched.messages.append(m.text))
        page.on("pageerror", lambda error: watched.messages.append(str(error)))
        page.on("response", lambda r: r.status >= 400 and watched.refused.append(f"{r.status} {r.url}"))
        page.on(
            "request",
            lambda r: (
                r.url.startswith((f"http://127.0.0.1:{server.port}/", "data:", "blob:", url or server.url))
                or watched.foreign.append(r.url)
            ),
        )
        opened.append(watched)
        page.goto(url or server.url)
        return page

    open_.watched = opened
    yield open_
    for watched in opened:
        watched.page.context.close()
    assert [watched.foreign for watched in opened if watched.foreign] == []
    assert [watched.messages for watched in opened if watched.messages] == []
    assert [watched.refused for watched in opened if watched.refused] == []


def settle(page) -> str:
    """Wait until the song is answered; "done" or "failed"."""
    page.wait_for_selector("body:is([data-listening=done], [data-listening=failed])")
    return page.evaluate("document.body.dataset.listening")


def settled(page) -> None:
    """Wait until timeline, evidence and notes stand below the answer."""
    for name in ("timeline", "evidence", "notes"):
        page.wait_for_selector(f"#{name} .panel:not(.is-working)", state="attached")


def give(page, file) -> str:
    """Hand a file to the visible file input, and wait for its answer."""
    before = page.evaluate("document.querySelector('#answer .run')?.dataset.run")
    page.locator("#song input.file").set_input_files(file)
    page.wait_for_function(
        "before => document.body.dataset.listening === 'failed' && !document.querySelector('#answer .run')"
        " || (document.querySelector('#answer .run')?.dataset.run ?? before) !== before",
        arg=before,
    )
    return settle(page)


def until(true, seconds: float = 30.0) -> None:
    """Wait until `true()` is."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)
