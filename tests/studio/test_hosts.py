"""Which Host headers name the page, by what it is bound to."""

from __future__ import annotations

import socket

import pytest

from genrelens.studio.hosts import is_loopback, names_for

OWN = (
    "localhost",
    "localhost:8000",
    "LOCALHOST:8000",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:8000",
    "[::1]",
    "[::1]:8000",
)
FOREIGN = (
    *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.nip.io:80"),
    *("", ":8000", "localhost:evil", "evil.example:80:80", "[::1].evil.example", "user@localhost"),
)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_on_this_machine_alone_only_its_own_names_are_right(address):
    known = names_for(address)
    assert [header for header in OWN if not known(header)] == []
    assert [header for header in (*FOREIGN, "192.168.1.5:8000", "[fe80::1]") if known(header)] == []


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5"])
def test_bound_wider_numbers_and_the_machines_names_are_right(address):
    known = names_for(address)
    own = socket.gethostname()
    numbers = ("192.168.1.5", "192.168.1.5:8000", "[fe80::1]:8000", "[2001:db8::7]")
    assert [
        header for header in (*OWN, *numbers, own, f"{own}:8000", f"{own.split('.')[0]}.local") if not known(header)
    ] == []
    assert [header for header in FOREIGN if known(header)] == []


def test_a_name_that_was_bound_or_allowed_is_right():
    assert names_for("jukebox")("jukebox:8000")
    known = names_for("127.0.0.1", ["Songs.Example.org", "radio.example:443"])
    assert known("songs.example.org")
    assert known("songs.example.org:8000")
    assert known("radio.example")
    assert not known("example.org")
    assert not known("x.songs.example.org")


def test_what_only_this_machine_reaches():
    assert [host for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost") if not is_loopback(host)] == []
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.5", "jukebox"))
