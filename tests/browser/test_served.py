"""What is served, and to whom: no files, no descriptions, no traces; a password where one is set."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import urllib.error
import urllib.request

import pytest

from tests.browser.conftest import end_server, give, settled, start_server, until

pytestmark = pytest.mark.timeout(240)


def status(url: str | urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/passwd",
        "gradio_api/file=../../etc/passwd",
        "gradio_api/file=http://example.com/",
        "file=/etc/passwd",
        "docs",
        "redoc",
        "openapi.json",
        "examples/examples.json",
        "examples/..%2fpyproject.toml",
        "monitoring",
    ],
)
def test_nothing_else_is_served(server, path):
    assert status(server.url + path) in (401, 403, 404)


def test_the_examples_are_served_by_name(server, examples):
    with urllib.request.urlopen(f"{server.url}examples/{examples[0].name}", timeout=30) as answer:
        assert answer.read() == examples[0].read_bytes()
    with urllib.request.urlopen(server.url, timeout=30) as answer:
        assert str(examples[0].parent) not in answer.read().decode()


def test_no_endpoint_is_described(server):
    with urllib.request.urlopen(server.url + "gradio_api/info", timeout=30) as answer:
        described = json.load(answer)
    assert described["named_endpoints"] == {}
    assert described["unnamed_endpoints"] == {}


def test_the_browser_is_told_to_fetch_from_here_alone(server):
    with urllib.request.urlopen(server.url, timeout=30) as answer:
        policy = answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_an_upload_over_the_limit_is_refused_while_it_comes(server):
    """No length is announced: the size is counted as it comes."""

    def body():
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="long.wav"\r\n\r\n'
        piece = bytes(1_000_000)
        for _ in range(260):
            yield piece
        yield b"\r\n--b--\r\n"

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    # The server may hang up on what it has refused.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", "/gradio_api/upload", body(), headers, encode_chunked=True)
    with contextlib.suppress(ConnectionResetError, http.client.BadStatusLine):
        assert connection.getresponse().status == 413
    connection.close()
    until(lambda: not [path for path in server.uploads() if path.stat().st_size > 10**6])


def test_other_sites_cannot_send_anything_here(server):
    def post(site: str | None) -> int:
        headers = {"Content-Type": "multipart/form-data; boundary=b"} | ({"Sec-Fetch-Site": site} if site else {})
        body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--b--\r\n'
        request = urllib.request.Request(server.url + "gradio_api/upload", body, headers)
        return status(request)

    assert post("cross-site") == 403
    assert post("same-site") == 403
    assert post("same-origin") == 200
    assert post(None) == 200  # not a browser


@pytest.mark.parametrize(
    "path", ["", "config", "examples/bossa_nova.ogg", "gradio_api/queue/data?session_hash=a", "none"]
)
@pytest.mark.parametrize("name", ["evil.example", "evil.example:8000", "127.0.0.1.nip.io", "10.0.0.1"])
def test_another_name_that_leads_here_gets_nothing(server, name, path):
    """A site that points its own name at 127.0.0.1 is of one origin with its scripts: only the name gives it away."""
    request = urllib.request.Request(server.url + path, headers={"Host": name})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 421
    text = refused.value.read().decode()
    assert "does not know the name" in text
    assert "不认识" in text
    assert name not in text


def test_another_name_cannot_send_anything_here(server):
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--b--\r\n'
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Host": "evil.example",
        "Sec-Fetch-Site": "same-origin",
    }
    assert status(urllib.request.Request(server.url + "gradio_api/upload", body, headers)) == 421


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machines_own_names_are_known_with_any_port(server, name):
    for host in (name, f"{name}:{server.port}", f"{name}:1"):
        assert status(urllib.request.Request(server.url + "config", headers={"Host": host})) == 200


def test_a_server_that_is_gone_is_said(open_page, examples, tmp_path):
    doomed = start_server(tmp_path)
    page = open_page(doomed.url)
    page.wait_for_selector(".hero")
    # Ends while it listens: the decoder waits for a model that a stopped process never gives.
    doomed.process.send_signal(signal.SIGSTOP)
    page.locator("[data-example]").first.click()
    page.wait_for_selector("body[data-listening=listening]")
    doomed.process.kill()
    page.wait_for_selector("body[data-listening=failed]")
    assert "lost its server" in page.inner_text("#song")
    page.locator("#song input.file").set_input_files(examples[0])
    page.wait_for_selector("body[data-listening=failed]")
    assert "lost its server" in page.inner_text("#song")
    open_page.watched[-1].messages.clear()  # the browser says that nobody answers
    doomed.process.wait(10)


def test_a_password_stands_before_everything(open_page, examples, tmp_path, server):
    guarded = start_server(tmp_path, "--password", "open sesame")
    try:
        assert status(guarded.url + "gradio_api/file=/etc/passwd") == 401
        assert status(guarded.url + "config") == 401
        page = open_page(guarded.url)
        page.wait_for_selector("input[type=password]")
        assert page.locator(".hero").count() == 0
        assert "genrelens" in page.inner_text("body")
        page.locator("input").first.fill("genrelens")
        page.fill("input[type=password]", "open sesame")
        page.keyboard.press("Enter")
        page.wait_for_selector(".hero")
        assert give(page, examples[0]) == "done"
        settled(page)  # a server that ends in mid-stream makes the page complain
        open_page.watched[-1].refused.clear()  # Gradio's login page asks for its configuration first
        open_page.watched[-1].messages.clear()
    finally:
        end_server(guarded)
    assert list(tmp_path.glob("genrelens-page-*")) == []
