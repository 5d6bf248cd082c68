"""The print of a file's sound: the same whatever its tags, another for any other sound."""

from __future__ import annotations

import pytest

from genrelens.audio.packets import container_of, sound_print
from genrelens.errors import AudioError
from tests.audio.sounds import file_bytes, made, song


@pytest.mark.parametrize("name", ["mp3", "flac", "ogg vorbis", "opus", "m4a aac", "wav 16 bit", "aiff", "wma", "webm"])
def test_another_sound_another_print(tmp_path, name):
    same, other, changed = (tmp_path / f"{word}.bin" for word in ("same", "other", "changed"))
    data = made(name, 1.0)
    same.write_bytes(data)
    other.write_bytes(file_bytes(name, song(1.0, seed=1)))
    flipped = bytearray(data)
    flipped[len(data) * 2 // 3] ^= 4
    changed.write_bytes(flipped)
    assert sound_print(same) == sound_print(same)
    assert len({sound_print(path).sound for path in (same, other, changed)}) == 3


def test_what_a_file_is(tmp_path):
    path = tmp_path / "a.bin"
    for name, expected in (("mp3", ("mp3", "mp3")), ("opus", ("ogg", "opus")), ("ogg vorbis", ("ogg", "vorbis"))):
        path.write_bytes(made(name, 1.0))
        found = container_of(path)
        assert (found.format, found.codec.removesuffix("float"), found.genre) == (*expected, "")
    path.write_bytes(b"no sound")
    with pytest.raises(AudioError):
        container_of(path)
    with pytest.raises(AudioError):
        sound_print(path)
