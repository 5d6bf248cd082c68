"""The port of the page: who holds it, and addresses that cannot be had."""

from __future__ import annotations

import os
import socket

import pytest

from genrelens.errors import ServeError
from genrelens.studio.ports import open_socket, port_holder
from tests.cli.test_classify import genrelens


@pytest.fixture
def busy():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_busy_port_names_its_holder_and_exits_2(busy):
    done = genrelens("serve", "--port", busy)
    assert done.returncode == 2
    assert "PORT_BUSY" in done.stderr
    assert f"pid {os.getpid()}" in done.stderr
    assert "--port" in done.stderr


def test_a_free_port_is_nobodys(busy):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert port_holder(free) is None
    assert port_holder(busy) is not None
    with open_socket("127.0.0.1", free) as listening:
        assert listening.getsockname()[1] == free


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 0), ("no such host", 0)])
def test_an_address_that_cannot_be_had(host, port):
    with pytest.raises(ServeError) as caught:
        open_socket(host, port)
    assert caught.value.code == "SERVE_FAILED"
