"""Tags written into real files: nothing else changes, FFmpeg hears the same, and undo gives every byte back."""

from __future__ import annotations

import contextlib
import json
import re
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mutagen
import pytest
from mutagen import flac, mp4

import genrelens
from genrelens.audio.packets import sound_print
from genrelens.errors import TagError
from genrelens.workflows.tags.apply import apply_tags, entries_to_undo, undo_tags
from genrelens.workflows.tags.formats import read_standing, sidecar_of
from genrelens.workflows.tags.journal import Journal, entries_of, runs_of
from tests.audio.sounds import made
from tests.workflows.tagged import (
    PNG,
    bare_mp3,
    decoded,
    every_kind,
    frame,
    id3_tag,
    plan,
    put_back,
    rich_flac,
    rich_mp3,
    tagged,
    v1_trailer,
    wish,
)

KINDS = [
    "v24.mp3", "v23.mp3", "v22.mp3", "bare.mp3", "v1.mp3", "full.mp3", "rich.flac", "bare.flac", "tagless.flac",
    "rich.ogg", "tagless.m4a", "rich.opus", "pages.opus", "rich.oga", "last.m4a", "first.m4a", "alac.m4a", "film.mp4",
    "rich.wav", "bare.wav", "rich.aiff", "bare.aiff",
]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return every_kind(tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_there_and_back(files, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(files[name])
    before, heard = decoded(path), sound_print(path)
    [done] = tagged(tmp_path, [wish(path)])
    if name == "v22.mp3":
        assert (done.action, done.before) == ("keep-person", ("Rock",))
        [done] = tagged(tmp_path, [wish(path)], mode="replace")
    assert (done.action, done.error) == ("write", None)
    assert path.read_bytes() != files[name]
    assert decoded(path) == before
    assert sound_print(path).sound == heard.sound
    standing = read_standing(path)
    joined = ("Rock/Hip-Hop 嘻哈",)
    assert standing.genres == (joined if standing.place in ("ID3v2.3", "ID3v2.2") else ("Rock", "Hip-Hop 嘻哈"))
    assert standing.facts["PROBABILITY"] == ("0.9100",)
    assert standing.facts["MODEL"] == ("genrelens-base 1",)
    assert standing.persons == ()
    [again] = plan([wish(path)])
    assert (again.action, again.reason) == ("same", "written")
    assert put_back(tmp_path) == ["undone"]
    assert path.read_bytes() == files[name]
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([name, "undo"])


@pytest.mark.parametrize("name", ["v24.mp3", "v23.mp3", "rich.flac", "rich.ogg", "pages.opus", "last.m4a", "rich.wav"])
def test_another_program_reads_the_genre_and_everything_else_as_before(files, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(files[name])
    before = mutagen.File(path).tags
    tagged(tmp_path, [wish(path)])
    after = mutagen.File(path).tags

    def others(tags):
        pairs = tags.items() if hasattr(tags, "items") else list(tags)
        pairs = [(key, str(value)) for key, value in pairs]
        ours = ("TCON", "GENRE", "\xa9GEN", "GENRELENS", "TXXX:GENRELENS", "----:COM.GENRELENS")
        return sorted(pair for pair in pairs if not pair[0].upper().startswith(ours))

    assert others(after) == others(before)
    genre = after.get("TCON") or after.get("genre") or after.get("\xa9gen")
    texts = list(getattr(genre, "text", genre))
    assert texts == (["Rock/Hip-Hop 嘻哈"] if name in ("v23.mp3", "rich.wav") else ["Rock", "Hip-Hop 嘻哈"])


def test_versions_of_id3_stay(files, tmp_path):
    for name, version in (("v24.mp3", 4), ("v23.mp3", 3), ("v22.mp3", 2), ("bare.mp3", 4)):
        path = tmp_path / name
        path.write_bytes(files[name])
        tagged(tmp_path, [wish(path)], mode="replace")
        assert path.read_bytes()[3] == version


def test_frames_that_are_there_twice_or_unknown_stay_byte_for_byte(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(rich_mp3(4))
    tagged(tmp_path, [wish(path)])
    data = path.read_bytes()
    assert data.count(PNG) == 2
    for content in (
        b"eng\x00first",
        b"second, same name",
        b"\x00\xff\x00nobody knows",
        b"someone\x00\x01\x02\xff\x00\xff",
    ):
        assert content in data
    assert data.endswith(v1_trailer())


def test_where_there_is_room_no_sound_moves(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(rich_mp3(4, padding=600))
    size = path.stat().st_size
    tagged(tmp_path, [wish(path)])
    assert path.stat().st_size == size
    [entry] = entries_to_undo(tmp_path / "undo")
    # The first block of the file, and a line of JSON.
    assert entry.where.stat().st_size < 4096 + 600


def test_words_of_an_old_trailer_are_not_hidden_by_the_new_tag(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3() + v1_trailer())
    tagged(tmp_path, [wish(path, "Rock")])
    tags = mutagen.File(path).tags
    assert (str(tags["TIT2"]), str(tags["TALB"]), str(tags["TRCK"]), str(tags["TDRC"])) == (
        "Old title", "Album", "7", "1999",
    )  # fmt: skip
    assert str(tags["TPE1"]).encode("latin-1").decode("gbk") == "旧歌手"


@pytest.mark.parametrize("version", [3, 4])
def test_tags_with_unsynchronisation(tmp_path, version):
    """PRIV holds FF E0: written with the flag, such bytes carry a zero between them."""
    frames = rich_frames_unsynced(version)
    path = tmp_path / "a.mp3"
    path.write_bytes(id3_tag(frames, version, 40, flags=0x80) + bare_mp3())
    before, heard = path.read_bytes(), decoded(path)
    was = mutagen.File(path).tags["PRIV:someone:" + "\xff\xe0x"].data
    tagged(tmp_path, [wish(path, "Rock")])
    tags = mutagen.File(path).tags
    assert tags["TCON"].text == ["Rock"]
    assert next(tags[key].data for key in tags if key.startswith("PRIV")) == was == b"\xff\xe0x"
    assert decoded(path) == heard
    assert put_back(tmp_path) == ["undone"]
    assert path.read_bytes() == before


def rich_frames_unsynced(version):
    content = b"someone\x00" + b"\xff\x00\xe0x"
    if version == 3:
        # Sizes of version 2.3 count what is there before the zeros are put in.
        return [b"PRIV" + (len(content) - 1).to_bytes(4) + b"\0\0" + content, frame(b"TIT2", b"\x00Title", 3)]
    raw = frame(b"PRIV", content, 4)
    return [raw[:9] + b"\x02" + raw[10:], frame(b"TIT2", b"\x00Title", 4)]


def test_a_sidecar_for_what_holds_no_tags_of_ours(files, tmp_path):
    for name in ("song.wma", "song.webm"):
        path = tmp_path / name
        path.write_bytes(files[name])
        [done] = tagged(tmp_path, [wish(path)])
        assert (done.action, done.place) == ("sidecar", "sidecar")
        assert path.read_bytes() == files[name]
        content = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
        assert content["GENRE"] == ["Rock", "Hip-Hop 嘻哈"]
        assert content["GENRELENS_DECIDED_BY"] == ["model"]
        assert plan([wish(path)])[0].action == "same"
        tagged(tmp_path, [wish(path, "Jazz")])
        assert read_standing(path).genres == ("Jazz",)
        assert put_back(tmp_path) == ["undone"]
        assert read_standing(path).genres == ("Rock", "Hip-Hop 嘻哈")
        assert put_back(tmp_path) == ["undone"]
        assert not sidecar_of(path).exists()
        sidecar_of(path).write_text("a person's notes", encoding="utf-8")
        [failed] = tagged(tmp_path, [wish(path)])
        assert (failed.action, failed.error.code) == ("failed", "TAGS_UNREADABLE")
        assert sidecar_of(path).read_text(encoding="utf-8") == "a person's notes"


def test_what_a_person_adds_to_a_sidecar_stays(tmp_path):
    path = tmp_path / "a.wma"
    path.write_bytes(made("wma", 1.0))
    tagged(tmp_path, [wish(path, "Rock")])
    content = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
    sidecar_of(path).write_text(json.dumps({**content, "mood": "calm"}), encoding="utf-8")
    assert tagged(tmp_path, [wish(path, "Jazz")])[0].action == "sidecar"
    assert json.loads(sidecar_of(path).read_text(encoding="utf-8"))["mood"] == "calm"
    sidecar_of(path).write_text(json.dumps({"format": 1, "GENRE": "Nu Jazz"}), encoding="utf-8")
    [kept] = plan([wish(path, "Rock")])
    assert (kept.action, kept.before) == ("keep-person", ("Nu Jazz",))


def test_what_we_wrote_may_be_written_anew_what_a_person_changed_not(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac())
    tagged(tmp_path, [wish(path, "Rock")])
    assert tagged(tmp_path, [wish(path, "Jazz")])[0].action == "write"
    assert read_standing(path).genres == ("Jazz",)
    assert plan([wish(path, "Rock")], "empty")[0].action == "keep-standing"
    file = flac.FLAC(path)
    file["GENRE"] = ["Nu Jazz"]
    file.save()
    [kept] = plan([wish(path, "Rock")], "always")
    assert (kept.action, kept.before, kept.after) == ("keep-person", ("Nu Jazz",), ("Nu Jazz",))


def test_genres_are_added_behind_a_persons_and_only_ours_are_renewed(tmp_path):
    for name, data in (("a.flac", rich_flac(["Indie", "Lo-Fi"])), ("a.mp3", rich_mp3(3, [b"Indie/Lo-Fi"]))):
        path = tmp_path / name
        path.write_bytes(data)
        assert tagged(tmp_path, [wish(path, "Rock")])[0].action == "keep-person"
        assert path.read_bytes() == data
        tagged(tmp_path, [wish(path, "indie", "Rock")] if name == "a.flac" else [wish(path, "Rock")], mode="add")
        assert "/".join(read_standing(path).genres) == "Indie/Lo-Fi/Rock"
        assert plan([wish(path, "Rock")], mode="add")[0].action == "same"
        assert plan([wish(path, "Jazz")])[0].action == "keep-person"
        tagged(tmp_path, [wish(path, "Jazz")], mode="add")
        assert "/".join(read_standing(path).genres) == "Indie/Lo-Fi/Jazz"
        assert "/".join(read_standing(path).persons) == "Indie/Lo-Fi"
        tagged(tmp_path, [wish(path, "Metal")], mode="replace")
        assert read_standing(path).genres == ("Metal",)
        for _ in range(3):
            assert put_back(tmp_path, file=path) == ["undone"]
        assert path.read_bytes() == data


@pytest.mark.parametrize("room", [0, 100, 5_000, 17_000])
def test_a_full_disk(tmp_path, room):
    """No file may grow over `room` bytes: the copy or the journal fails, the file does not."""
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac())
    plans = plan([wish(path, "Rock")])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        [failed] = list(apply_tags(plans, Journal(tmp_path / "undo")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert failed.error.code == "TAGS_WRITE_FAILED"
    assert path.read_bytes() == rich_flac()
    assert [item.name for item in tmp_path.rglob("*") if item.is_file()] == ["a.flac"]


def test_a_file_that_changes_meanwhile_is_left_to_whoever_changed_it(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3())

    class Meddling(Journal):
        def keep(self, *arguments):
            path.write_bytes(bare_mp3() + b"more")
            return super().keep(*arguments)

    [failed] = list(apply_tags(plan([wish(path, "Rock")]), Meddling(tmp_path / "undo")))
    assert failed.error.code == "TAGS_FILE_CHANGED"
    assert path.read_bytes() == bare_mp3() + b"more"
    assert runs_of(tmp_path / "undo") == []


def test_what_a_person_writes_after_the_preview_stays(tmp_path):
    path, held, notes = tmp_path / "a.flac", tmp_path / "b.wma", tmp_path / "b.wma.genrelens.json"
    path.write_bytes(rich_flac())
    held.write_bytes(made("wma", 1.0))
    plans = plan([wish(path, "Rock"), wish(held, "Rock")])
    file = flac.FLAC(path)
    file["GENRE"] = ["Nu Jazz"]
    file.save()
    notes.write_text('{"format": 1, "GENRE": ["Nu Jazz"]}', encoding="utf-8")
    failed = list(apply_tags(plans, Journal(tmp_path / "undo")))
    assert [row.error.code for row in failed] == ["TAGS_FILE_CHANGED"] * 2
    assert flac.FLAC(path)["GENRE"] == ["Nu Jazz"]
    assert "Nu Jazz" in notes.read_text(encoding="utf-8")


def test_a_file_that_is_not_what_was_heard(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3())
    [failed] = plan([wish(path, "Rock", sha256="0" * 64)])
    assert failed.error.code == "TAGS_FILE_CHANGED"


def test_two_runs_at_once(tmp_path):
    """Each file is written by one of them, or by one after the other; both can be undone."""
    files = [tmp_path / f"{number}.mp3" for number in range(6)]
    for path in files:
        path.write_bytes(bare_mp3())
    both = [plan([wish(path, genre) for path in files]) for genre in ("Rock", "Jazz")]
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda plans: list(apply_tags(plans, Journal(tmp_path / "undo"))), both)
    for path, *rows in zip(files, *runs, strict=True):
        written = {genre for row in rows if row.action == "write" for genre in row.after}
        assert set(read_standing(path).genres) <= written
        assert {row.error.code for row in rows if row.error} <= {"TAGS_FILE_CHANGED", "TAGS_NOT_PROVEN"}
    for _ in range(2):
        for run in runs_of(tmp_path / "undo"):
            with contextlib.suppress(TagError):
                put_back(tmp_path, run=run)
    assert {path.read_bytes() for path in files} == {bare_mp3()}
    assert sorted(tmp_path.iterdir()) == [*files, tmp_path / "undo"]


def test_undo_leaves_what_somebody_changed_since(tmp_path):
    first, second = tmp_path / "a.mp3", tmp_path / "b.mp3"
    for path in (first, second):
        path.write_bytes(bare_mp3())
    tagged(tmp_path, [wish(first, "Rock"), wish(second, "Rock")])
    changed = first.read_bytes() + b"a person's own bytes"
    first.write_bytes(changed)
    undone = list(undo_tags(entries_to_undo(tmp_path / "undo")))
    assert [item.state for item in undone] == ["undone", "failed"]
    assert undone[1].error.code == "TAGS_CHANGED_SINCE"
    assert (first.read_bytes(), second.read_bytes()) == (changed, bare_mp3())
    # The entry waits: once the file is what we wrote again, it can be undone.
    first.write_bytes(changed[: -len(b"a person's own bytes")])
    assert put_back(tmp_path) == ["undone"]
    assert first.read_bytes() == bare_mp3()
    with pytest.raises(TagError, match="nothing to undo"):
        put_back(tmp_path)


def test_undo_of_a_file_that_was_moved_away_or_linked_back(tmp_path):
    path, moved = tmp_path / "a.mp3", tmp_path / "moved.mp3"
    path.write_bytes(bare_mp3())
    tagged(tmp_path, [wish(path, "Rock")])
    path.rename(moved)
    [undone] = undo_tags(entries_to_undo(tmp_path / "undo"))
    assert (undone.error.code, "no such file" in undone.error.message) == ("TAGS_CHANGED_SINCE", True)
    path.symlink_to(moved)
    [undone] = undo_tags(entries_to_undo(tmp_path / "undo"))
    assert (undone.state, path.is_symlink(), path.samefile(moved)) == ("failed", True, True)
    path.unlink()
    moved.rename(path)
    assert put_back(tmp_path) == ["undone"]
    assert path.read_bytes() == bare_mp3()


def test_runs_are_undone_from_the_last_to_the_first(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac())
    for genre in ("Rock", "Jazz", "Pop"):
        tagged(tmp_path, [wish(path, genre)])
    runs = runs_of(tmp_path / "undo")
    assert len(runs) == 3
    assert put_back(tmp_path, run=runs[0]) == ["failed"]
    for genre in (("Jazz",), ("Rock",), ()):
        assert put_back(tmp_path) == ["undone"]
        assert read_standing(path).genres == genre
    assert path.read_bytes() == rich_flac()
    assert all(entry.undone for run in runs for entry in entries_of(tmp_path / "undo", run))


def test_covers_and_freeform_atoms_of_mp4(files, tmp_path):
    path = tmp_path / "a.m4a"
    path.write_bytes(files["first.m4a"])
    tagged(tmp_path, [wish(path)])
    tags = mp4.MP4(path).tags
    assert bytes(tags["covr"][0]) == PNG
    assert tags["\xa9gen"] == ["Rock", "Hip-Hop 嘻哈"]
    assert bytes(tags["----:com.genrelens:GENRELENS_TIER"][0]) == b"sure"
    assert bytes(tags["----:com.apple.iTunes:MOOD"][0]) == b"calm"


def test_names_that_are_no_utf_8_or_look_like_commands(tmp_path):
    files = {
        tmp_path / "na\udcffme.mp3": bare_mp3(),
        tmp_path / "=cmd|\x1b[31m.flac": rich_flac(),
        tmp_path / "-rf \n.wma": made("wma", 1.0),
    }
    for path, data in files.items():
        path.write_bytes(data)
    done = tagged(tmp_path, [wish(path, "Rock") for path in files])
    assert [row.action for row in done] == ["write", "write", "sidecar"]
    assert all(read_standing(path).genres == ("Rock",) for path in files)
    assert put_back(tmp_path) == ["undone"] * 3
    assert {path: path.read_bytes() for path in files} == files


def test_one_module_alone_knows_mutagen():
    """It is GPL and an extra: everything else must work without it."""
    package = Path(genrelens.__file__).parent
    named = {
        path.name
        for path in package.rglob("*.py")
        if re.search(r"^\s*(from|import) mutagen", path.read_text("utf-8"), re.M)
    }
    assert named == {"by_mutagen.py"}
