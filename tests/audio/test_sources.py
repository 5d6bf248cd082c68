"""Names that are safe to show, handles that are safe to read."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.audio import sources
from genrelens.audio.sources import Limits, open_source, safe_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/music/My Song.mp3", "My Song.mp3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\song.wav", "song.wav"),
        ("..\\..\\song.wav", "song.wav"),
        ("two\nlines\ttab.mp3", "two lines tab.mp3"),
        ("\u202egnp.3pm", "gnp.3pm"),
        ("a\u200bb\u2066c\u2069.mp3", "abc.mp3"),
        ("\x1b[31mred\x07.mp3", "[31mred .mp3"),
        ("nul\0byte.mp3", "nul byte.mp3"),
        ("\udcff\udce9.mp3", ".mp3"),
        ("歌曲 🎵.mp3", "歌曲 🎵.mp3"),
        ("Beyonce\u0301.mp3", "Beyonce\u0301.mp3"),
        ("<b>&amp;.mp3", "<b>&amp;.mp3"),
        ("", ""),
        ("/", ""),
        (5, ""),
        (None, ""),
        (Path("/a/b.mp3"), "b.mp3"),
        (b"/a/caf\xc3\xa9.mp3", "café.mp3"),
    ],
)
def test_names(path, name):
    assert safe_name(path) == name


def test_long_names_keep_their_ending():
    name = safe_name("x" * 400 + ".flac")
    assert len(name) == 255
    assert name.endswith("….flac")


@given(st.text(max_size=400))
def test_any_name_is_harmless(path):
    name = safe_name(path)
    assert len(name) <= 255
    assert "/" not in name
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in name)
    assert name == name.strip()


def test_the_handle_has_no_name_and_no_way_to_write(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"12345")
    with open_source(path, Limits()) as source:
        assert source.size == 5
        assert source.read() == b"12345"
        assert source.seek(1) == 1
        assert source.read(2) == b"23"
        assert source.tell() == 3
        assert not hasattr(source, "write")
        assert not hasattr(source, "fileno")


def test_patience_ends_in_the_end_of_the_file(monkeypatch):
    monkeypatch.setattr(sources, "_MAX_CALLS", 3)
    source = open_source(b"12345", Limits())
    assert [source.read(1), source.seek(0), source.read(1), source.read(1), source.seek(0)] == [b"1", 0, b"1", b"", -1]
    assert source.exhausted
    source.be_patient()
    assert source.read(1) == b"2"


def test_a_file_that_grows_while_it_is_hashed_is_still_cut_off(tmp_path, monkeypatch):
    path = tmp_path / "grows.wav"
    path.write_bytes(b"x" * 1000)
    limits = Limits(max_bytes=1500)
    original = sources._open_path

    def grown(*args):
        handle = original(*args)
        path.write_bytes(b"x" * 5000)
        return handle

    monkeypatch.setattr(sources, "_open_path", grown)
    with pytest.raises(sources.AudioError) as caught:
        open_source(path, limits)
    assert caught.value.code == "AUDIO_TOO_LARGE"
