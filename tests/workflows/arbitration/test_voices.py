"""Which file a name in a table means, and what is known of it."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from genrelens.catalogue.paths import to_text
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.listening.analyze import analyze
from genrelens.workflows.arbitration.table import LabelTable
from genrelens.workflows.arbitration.voices import TAGS, Voice, heard_of, match_files, voice_of, voices_in, with_tags

PATHS = ["/m/A/01.mp3", "/m/B/01.mp3", "/m/B/Song.FLAC", "/m/x.ogg", "/m/B/caf\u00e9.mp3"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("A/01.mp3", "/m/A/01.mp3"),
        ("D:\\Music\\B\\01.MP3", "/m/B/01.mp3"),
        ("song", "/m/B/Song.FLAC"),
        ("./song.flac", "/m/B/Song.FLAC"),
        ("x.ogg", "/m/x.ogg"),
        ("/m/x.ogg", "/m/x.ogg"),
        ("cafe\u0301.mp3", "/m/B/caf\u00e9.mp3"),
    ],
)
def test_a_name_means_the_file_that_ends_like_it(name, path):
    assert match_files([name], PATHS).found == {name: path}


@pytest.mark.parametrize("name", ["C/01.mp3", "elsewhere/x.ogg", "no.mp3", "", "/", ".."])
def test_another_folder_is_another_file(name):
    assert match_files([name], PATHS).missing == (name,)


def test_what_fits_several_is_ambiguous():
    assert match_files(["01.mp3", "x.ogg"], PATHS).ambiguous == ("01.mp3",)
    assert match_files(["B/01"], [*PATHS, "/m/B/01.flac"]).ambiguous == ("B/01",)
    # The longer end decides.
    assert match_files(["m/B/01"], ["/m/B/01.mp3", "/n/B/01.mp3"]).found == {"m/B/01": "/m/B/01.mp3"}


def test_a_file_without_a_folder_is_meant_whatever_the_folder():
    assert match_files(["any/x.ogg", "x.ogg"], ["x.ogg"]).found == {"any/x.ogg": "x.ogg", "x.ogg": "x.ogg"}
    assert match_files(["B/01.mp3"], ["01.mp3", "/m/B/01.mp3"]).found == {"B/01.mp3": "/m/B/01.mp3"}


@pytest.fixture(scope="module")
def catalogue(model, examples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    music = folder / "music"
    music.mkdir()
    with open_catalogue(folder / "my.db", create=True) as opened:
        mid = opened.model_id(model.bundle)
        for path in examples[:2]:
            copied = shutil.copy(path, music)
            sha = hashlib.sha256(path.read_bytes()).hexdigest()
            opened.plan(mid, [FileRecord(to_text(copied), path.stat().st_size, 1, sha)])
            assert opened.claim(mid, "me", [sha]) == [sha]
            opened.commit(mid, "me", [(sha, analyze(model, path))])
        yield opened


def test_the_models_answers_out_of_a_catalogue(catalogue, model, examples):
    first = examples[0].name
    found = voices_in(catalogue, [f"music/{first}", "none.ogg"])
    voices = found.voices
    assert found.matched.missing == ("none.ogg",)
    assert found.labels == tuple(model.bundle.labels)
    fresh = voice_of(analyze(model, examples[0]))
    assert voices[f"music/{first}"].distribution == pytest.approx(fresh.distribution, abs=1e-6)
    assert sum(heard_of(voices)[f"music/{first}"].values()) == pytest.approx(1)


def test_tags_are_one_more_source():
    table = LabelTable({"a": {"1": "Rock"}}, ("1", "2", "3"))
    voices = {"1": Voice({}, "Pop"), "2": Voice({"Rock": 1.0}, "")}
    assert with_tags(table, voices).said == {"a": {"1": "Rock"}, TAGS: {"1": "Pop"}}
    assert heard_of(voices) == {"2": {"Rock": 1.0}}
    assert with_tags(table, {}) is table
