"""Files as they are saved: told once they stand still, not while they are written, and not what was there before."""

from __future__ import annotations

import contextlib
import os
from itertools import chain, islice

from genrelens.cli.watch import saved_files


class Hand:
    """Acts between two looks, in place of time that passes."""

    def __init__(self, *acts):
        self.acts = list(acts)
        self.looks = 0

    def __call__(self):
        self.looks += 1
        if self.acts:
            act = self.acts.pop(0)
            if act is not None:
                act()
        elif self.looks > 60:
            raise KeyboardInterrupt


def told(paths, hand, count=10, **options):
    found = []
    with contextlib.suppress(KeyboardInterrupt):
        saved = chain.from_iterable(saved_files(paths, wait=hand, **options))
        found.extend((path.name, hand.looks) for path in islice(saved, count))
    return found


def append(path, data=b"sound"):
    def act():
        with path.open("ab") as file:
            file.write(data)

    return act


def test_a_file_in_writing_is_waited_for(tmp_path):
    mix = tmp_path / "mix.wav"
    [(name, look)] = told([tmp_path], Hand(append(mix), None, append(mix), None, append(mix)))
    assert name == "mix.wav"
    assert look >= 5 + 3


def test_what_was_there_is_told_when_it_changes_only(tmp_path):
    old, mix = tmp_path / "old.wav", tmp_path / "mix.wav"
    old.write_bytes(b"old")
    mix.write_bytes(b"mix")
    assert [name for name, _ in told([tmp_path], Hand(None, append(mix)))] == ["mix.wav"]


def test_renamed_over_with_the_same_size_and_time(tmp_path):
    mix, temporary = tmp_path / "mix.wav", tmp_path / ".mix.tmp"
    mix.write_bytes(b"one")
    seen = mix.stat()

    def replaced():
        temporary.write_bytes(b"two")
        os.utime(temporary, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        temporary.replace(mix)

    assert [name for name, _ in told([mix], Hand(replaced))] == ["mix.wav"]


def test_a_file_that_goes_and_comes_back_and_one_that_is_not_there_yet(tmp_path):
    mix = tmp_path / "mix.wav"
    hand = Hand(append(mix), *[None] * 5, mix.unlink, None, append(mix))
    assert [name for name, _ in told([mix], hand)] == ["mix.wav", "mix.wav"]


def test_what_is_saved_before_the_first_file_is_asked_for_is_new(tmp_path):
    mix = tmp_path / "mix.wav"
    saved = saved_files([tmp_path], wait=Hand())
    mix.write_bytes(b"mix")
    assert next(saved) == [mix]


def test_what_one_look_finds_comes_together(tmp_path):
    album = [tmp_path / f"{number}.wav" for number in range(3)]
    hand = Hand(lambda: [append(path)() for path in album])
    assert next(saved_files([tmp_path], wait=hand)) == album


def test_every_save_is_told_once(tmp_path):
    mix = tmp_path / "mix.wav"
    hand = Hand(append(mix), *[None] * 6, append(mix), *[None] * 20)
    assert len(told([mix], hand)) == 2


def test_the_reference_other_files_and_empty_ones_are_passed_over(tmp_path):
    reference = tmp_path / "reference.wav"
    hand = Hand(append(reference), append(tmp_path / "notes.txt"), append(tmp_path / "empty.wav", b""))
    assert told([tmp_path], hand, ignore=reference) == []


def test_a_folder_that_vanishes_is_waited_for(tmp_path):
    folder = tmp_path / "bounces"
    folder.mkdir()

    def back():
        folder.mkdir()
        (folder / "mix.wav").write_bytes(b"mix")

    assert [name for name, _ in told([folder], Hand(folder.rmdir, None, back))] == ["mix.wav"]
