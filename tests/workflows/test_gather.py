import os

import pytest

from genrelens.catalogue.paths import to_text
from genrelens.errors import UsageError
from genrelens.workflows.gather import Wanted, find_wanted, paths_of_list, records_of


@pytest.fixture
def folder(tmp_path):
    for name in ("a.mp3", "b.FLAC", "live/c.mp3", "demos/d.ogg", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    os.utime(tmp_path / "a.mp3", (1000, 1000))
    return tmp_path


def names(folder, wanted):
    return [str(path.relative_to(folder)) for path in find_wanted([folder], wanted)]


def test_filters(folder):
    assert sorted(names(folder, Wanted())) == ["a.mp3", "b.FLAC", "demos/d.ogg", "live/c.mp3"]
    assert sorted(names(folder, Wanted(extensions=("mp3",)))) == ["a.mp3", "live/c.mp3"]
    assert sorted(names(folder, Wanted(extensions=(".flac", "OGG")))) == ["b.FLAC", "demos/d.ogg"]
    assert sorted(names(folder, Wanted(exclude=("*/live/*", "B.*")))) == ["a.mp3", "demos/d.ogg"]
    assert sorted(names(folder, Wanted(since=2000.0))) == ["b.FLAC", "demos/d.ogg", "live/c.mp3"]


def test_patterns_and_a_name_that_looks_like_one(folder):
    (folder / "[x].mp3").write_bytes(b"x")
    assert [p.name for p in find_wanted([folder / "*.mp3", folder / "[x].mp3"])] == ["[x].mp3", "a.mp3"]
    assert [p.name for p in find_wanted([folder / "**" / "*.mp3"])] == ["[x].mp3", "a.mp3", "c.mp3"]


def test_lists():
    assert [str(path) for path in paths_of_list(b"/a b.mp3\r\n\n/\xe6\xad\x8c.mp3\n")] == ["/a b.mp3", "/歌.mp3"]
    assert [os.fsencode(path) for path in paths_of_list(b"/a\nb.mp3\0/\xff.mp3\0")] == [b"/a\nb.mp3", b"/\xff.mp3"]
    with pytest.raises(UsageError):
        paths_of_list(b"\n \n")


def test_only_what_looks_changed_is_read_again(folder):
    path = folder / "a.mp3"
    (first,) = next(records_of([path], lambda _: {}))
    path.write_bytes(b"other")  # the same length
    os.utime(path, (1000, 1000))
    (trusted,) = next(records_of([path], lambda _: {first.path: first}))
    assert trusted == first
    os.utime(path, (1001, 1001))
    (again,) = next(records_of([path], lambda _: {first.path: first}))
    assert again.sha256 not in (None, first.sha256)


def test_what_cannot_be_read_is_a_record_with_a_code(folder):
    os.mkfifo(folder / "pipe.mp3")
    big = folder / "big.wav"
    with big.open("wb") as stream:
        stream.truncate(201 * 2**20)
    (folder / "dead.mp3").symlink_to("nowhere")
    paths = [folder / "pipe.mp3", big, folder / "dead.mp3", folder / "gone.mp3"]
    (found,) = records_of(paths, lambda _: {})
    assert [(record.path, record.sha256, record.error) for record in found] == [
        (to_text(path), None, code)
        for path, code in zip(
            paths, ["AUDIO_UNREADABLE", "AUDIO_TOO_LARGE", "AUDIO_NOT_FOUND", "AUDIO_NOT_FOUND"], strict=True
        )
    ]
