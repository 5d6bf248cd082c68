"""The server process: ports, warnings, a model that cannot be had, and nothing left at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request

from tests.browser.conftest import end_server, start_server
from tests.cli.test_classify import genrelens


def status(url: str, host: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_name_that_a_proxy_has_is_allowed_beside_our_own(tmp_path):
    server = start_server(tmp_path, "--allow-host", "songs.example.org", "--allow-host", "radio.example")
    try:
        names = ("songs.example.org", "radio.example:443", f"localhost:{server.port}", "evil.example")
        assert [status(server.url, name) for name in names] == [200, 200, 200, 421]
    finally:
        end_server(server)


def test_bound_wider_without_a_password_it_warns_and_says_where_songs_go(tmp_path):
    server = start_server(tmp_path, "--host", "0.0.0.0")
    try:
        with urllib.request.urlopen(server.url, timeout=30) as answer:
            page = answer.read().decode()
        assert [status(server.url, host) for host in ("10.1.2.3:80", socket.gethostname(), "evil.example")] == [
            200,
            200,
            421,
        ]
    finally:
        end_server(server)
    log = (tmp_path / "server.log").read_text()
    assert "Warning: everybody who can reach this machine" in log
    assert "The song goes to the machine that serves this page" in page
    assert "Nothing leaves this machine" not in page
    assert "Traceback" not in log
    assert server.process.returncode == 0
    assert list(tmp_path.glob("genrelens-page-*")) == []


def test_a_model_that_cannot_be_loaded_ends_the_page(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-m", "genrelens", "serve", "--port", str(port), "--bundle", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "BUNDLE_NOT_FOUND" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("genrelens-page-*")) == []


def test_a_policy_that_is_wrong_ends_it_before_it_begins(tmp_path):
    policy = tmp_path / "mine.yaml"
    policy.write_text("accept_above: 0.9\ngenres: {Polka: review}\n", encoding="utf-8")
    done = genrelens("serve", "--policy", str(policy))
    assert done.returncode == 2
    assert "POLICY_INVALID" in done.stderr
    assert "mine.yaml, line 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert "http://" not in done.stdout
