"""What would become of a file: by policy, by what stands there, by who wrote it."""

from __future__ import annotations

import shutil

import pytest
from mutagen import flac

from genrelens.errors import AudioError, UsageError
from genrelens.workflows.tags.formats import read_standing
from genrelens.workflows.tags.plan import TagPolicy, TagWish, plan_tags
from tests.workflows.tagged import ape_tag, bare_mp3, id3_tag, plan, rich_chunks, rich_flac, rich_mp3, v1_trailer, wish

EMPTY, THEIRS = [], ["Indie"]


@pytest.mark.parametrize(
    ("stands", "tier", "decided_by", "policy", "mode", "action"),
    [
        (EMPTY, "sure", "model", "sure", "keep", "write"),
        (EMPTY, "likely", "model", "sure", "keep", "keep-unsure"),
        (EMPTY, "unsure", "model", "empty", "keep", "keep-unsure"),
        (EMPTY, "unsure", "model", "always", "keep", "write"),
        (EMPTY, "unsure", "ann", "sure", "keep", "write"),
        (THEIRS, "sure", "model", "sure", "keep", "keep-person"),
        (THEIRS, "sure", "model", "always", "keep", "keep-person"),
        (THEIRS, "sure", "ann", "always", "keep", "keep-person"),
        (THEIRS, "sure", "model", "empty", "keep", "keep-standing"),
        (THEIRS, "sure", "model", "sure", "add", "write"),
        (THEIRS, "likely", "model", "sure", "replace", "keep-unsure"),
        (THEIRS, "sure", "model", "sure", "replace", "write"),
        (["rock"], "sure", "model", "sure", "replace", "same"),
        (["rock", "Indie"], "sure", "model", "sure", "add", "same"),
        (["rock", "Indie"], "sure", "model", "sure", "keep", "keep-person"),
    ],
)
def test_policies(tmp_path, stands, tier, decided_by, policy, mode, action):
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac(stands))
    [found] = plan([wish(path, "Rock", tier=tier, decided_by=decided_by)], policy, mode)
    assert found.action == action, found.reason
    assert found.before == tuple(stands)
    expected = {"add": (*stands, "Rock"), "replace": ("Rock",), "keep": ("Rock",)}[mode]
    assert found.after == (expected if found.action.writes else tuple(stands))
    assert path.read_bytes() == rich_flac(stands)


def test_empty_never_adds_or_replaces():
    for mode in ("add", "replace"):
        with pytest.raises(UsageError) as raised:
            plan_tags([], TagPolicy.EMPTY, mode)
        assert raised.value.code == "TAGS_POLICY"


def test_no_genre_and_no_answer(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac())
    silent, speech, failed = plan(
        [
            TagWish(path, ("\n\0\x1b",), tier="unsure"),
            TagWish(shutil.copy(path, tmp_path / "b.flac"), (), tier="not_music"),
            wish(path, error=AudioError("AUDIO_EMPTY", "no bytes")),
        ],
        "always",
    )
    assert (silent.action, silent.reason) == ("keep-nothing", "no_genre")
    assert (speech.action, speech.reason) == ("keep-nothing", "not_music")
    assert (failed.action, failed.error.code) == ("failed", "AUDIO_EMPTY")


@pytest.mark.parametrize(
    ("data", "genres"),
    [
        (id3_tag([b"TCON\0\0\0\x05\0\0\x00(17)"], 3) + bare_mp3(), ("Rock",)),
        (id3_tag([b"TCON\0\0\0\x08\0\0\x0017\x00Jazz"], 4) + bare_mp3(), ("Rock", "Jazz")),
        (id3_tag([b"TCON\0\0\0\x0b\0\0\x01\xff\xfe5u\x00\x00\xff\xfePP"], 4) + bare_mp3(), ("电", "偐")),
        (bare_mp3() + v1_trailer(17), ("Rock",)),
        (bare_mp3() + v1_trailer(255), ()),
    ],
)
def test_genres_as_numbers_and_in_old_tags_stand(tmp_path, data, genres):
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    assert read_standing(path).persons == genres
    [found] = plan([wish(path, "Metal")], "always")
    assert found.action == ("keep-person" if genres else "write")


def test_a_genre_where_we_do_not_write_stands_too(tmp_path):
    wav, mp3 = tmp_path / "a.wav", tmp_path / "a.mp3"
    wav.write_bytes(rich_chunks("wav", info_genre="Eigenes"))
    mp3.write_bytes(bare_mp3() + ape_tag(Genre="Eigenes"))
    for path in (wav, mp3):
        [found] = plan([wish(path)], "always")
        assert (found.action, found.before) == ("keep-person", ("Eigenes",))


def test_names_cannot_end_a_value_or_change_a_terminal(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3())
    [found] = plan([wish(path, "Ro\0ck\x1b[31m", "rock\u202e", "x" * 500)])
    assert found.after == ("Rock[31m", "rock", "x" * 100)


def test_whoever_wrote_it_is_known_again_and_a_decision_renews_it(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac(["Rock"]))
    file = flac.FLAC(path)
    file["GENRELENS_GENRE"] = ["Rock"]
    file["GENRELENS_DECIDED_BY"] = ["model"]
    file.save()
    assert read_standing(path).ours == ("Rock",)
    assert plan([wish(path, "Rock", decided_by="ann")])[0].action == "write"
    file["GENRE"] = ["Rock", "Roll"]
    file.save()
    assert read_standing(path).persons == ("Rock", "Roll")


def test_plain_json(tmp_path):
    path = tmp_path / "na\udcffme.mp3"
    path.write_bytes(rich_mp3(3, [b"Indie"]))
    [found] = plan([wish(path, "Rock", probability=None)])
    row = found.to_dict()
    assert row["path"].endswith(r"na\xffme.mp3")
    assert (row["action"], row["before"], row["place"]) == ("keep-person", ["Indie"], "ID3v2.3")
