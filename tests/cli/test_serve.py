"""`genrelens serve` before the page is there: ports, addresses."""

from __future__ import annotations

import os
import socket

import pytest

from genrelens.cli.ports import check_port, port_holder
from genrelens.errors import ServeError
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
    check_port("127.0.0.1", free)
    assert port_holder(busy) is not None


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_that_is_not_ours(host):
    with pytest.raises(ServeError) as caught:
        check_port(host, 0)
    assert caught.value.code == "SERVE_FAILED"
