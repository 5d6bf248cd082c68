"""The tab that settles labels: tables in, answers out by page, files as the command writes them, uploads gone."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.errors import HINTS
from genrelens.listening.analyze import analyze
from genrelens.sentences.arbitration import arbitration_csv
from genrelens.studio.room import Room
from genrelens.studio.settle import EXAMPLE, MAX_BYTES, MAX_SONGS, serve_settle, settle
from genrelens.studio.settle_view import form_html
from genrelens.studio.uploads import Uploads
from genrelens.words import LANGUAGES
from genrelens.workflows.arbitration.arbitrate import arbitrate
from genrelens.workflows.arbitration.names import read_names
from genrelens.workflows.arbitration.table import read_label_table
from tests.studio.test_listen import ANYTHING
from tests.studio.test_verdict import Reader

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def room(model, tmp_path):
    return Room(lambda: model, listen, read_song, Uploads(tmp_path))


@pytest.fixture
def client(room):
    app = FastAPI()
    serve_settle(app, room)
    return TestClient(app)


def told(room, content, listener="me", name="labels.csv"):
    path = room.uploads.folder / "1.song"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return json.loads(settle({"run": "r", "path": str(path), "name": name}, listener, room))


def left(room):
    return [path for path in room.uploads.folder.rglob("*") if path.is_file()]


def test_the_example_shows_all_that_there_is(room, client):
    answer = json.loads(settle({"run": "7", "example": True}, "me", room))
    assert (answer["run"], answer["state"]) == ("7", "done")
    found = arbitrate(read_label_table(EXAMPLE))
    assert found.method == "estimated"
    assert 0 < found.to_review < len(found.verdicts) / 2
    assert [source.copy.of for source in found.sources if source.copy] == ["shop"]
    assert {name.written for name in found.unknown} == {"Zorgcore", "Jaz"}
    assert 'data-show="review" aria-pressed="false"' in answer["html"]
    assert 'data-source="reseller" data-copy="shop"' in answer["html"]
    for part in (answer["html"], answer["rows"], form_html(1, 1, catalogue=False)):
        assert Reader(part).open == []
    assert client.get("/settle/example.csv").content == EXAMPLE.read_bytes()


def test_songs_by_page_and_by_reason(room, client):
    answer = json.loads(settle({"run": "7", "example": True}, "me", room))
    songs = f"/settle/{answer['token']}/songs"
    found = arbitrate(read_label_table(EXAMPLE))
    assert client.get(songs).json() == {key: answer[key] for key in ("rows", "next", "total")}
    assert (answer["rows"].count("<tr"), answer["next"], answer["total"]) == (25, 25, 80)
    rest = client.get(f"{songs}?start=75").json()
    assert (rest["rows"].count("<tr"), rest["next"]) == (5, None)
    look = client.get(f"{songs}?show=review").json()
    assert look["total"] == found.to_review
    assert 'data-review=""' not in look["rows"]
    for bad in ("?show=everything", "?start=-1", "?start=999999"):
        assert client.get(songs + bad).status_code == 404
    assert client.get(f"{songs}?start=x").status_code == 422


def test_files_to_take_away(room, client):
    """That they are the command's, byte for byte, is shown in `tests/browser/test_settle.py`."""
    answer = json.loads(settle({"example": True}, "me", room))
    found = arbitrate(read_label_table(EXAMPLE))
    for language in LANGUAGES:
        taken = client.get(f"/settle/{answer['token']}.csv?lang={language}")
        assert taken.content.decode("utf-8-sig") == arbitration_csv(found, language)
    taken = client.get(f"/settle/{answer['token']}.json")
    assert taken.json() == json.loads(found.to_json())
    assert "attachment" in taken.headers["content-disposition"]
    for bad in (".exe", ".csv?lang=xx"):
        assert client.get(f"/settle/{answer['token']}{bad}").status_code == 404


def test_what_names_mean_is_said_and_taken_away(room, client, tmp_path):
    first = json.loads(settle({"example": True}, "me", room))
    said = {"Zorgcore": "Country", "Jaz": "", "Rock": "Pop", "Zorg": "Pop", "Soundtrack": "Nothing"}
    answer = json.loads(settle({"run": "2", "token": first["token"], "names": said}, "me", room))
    assert (answer["run"], answer["state"]) == ("2", "done")
    # Only names that nobody knew get a meaning, and only one that there is.
    file = tmp_path / "names.yaml"
    file.write_bytes(client.get(f"/settle/{answer['token']}.yaml").content)
    assert read_names(file) == {"Zorgcore": "Country", "Jaz": ""}
    found = arbitrate(read_label_table(EXAMPLE), names=read_names(file))
    assert found.unknown == ()
    assert client.get(f"/settle/{answer['token']}.json").json() == json.loads(found.to_json())
    assert '<option value="Country" data-en="Country" data-zh="乡村" selected>' in answer["html"]
    assert Reader(answer["html"]).open == []
    # Taken back.
    again = json.loads(settle({"token": answer["token"], "names": {"Jaz": "Jazz"}}, "me", room))
    assert client.get(f"/settle/{again['token']}.json").json()["unknown"][0]["written"] == "Zorgcore"
    assert 'data-code="RESULT_NOT_FOUND"' in json.loads(settle({"token": first["token"]}, "me", room))["html"]
    assert json.loads(settle({"token": again["token"], "names": {"Jaz": ["x"]}}, "me", room))["state"] == "done"


def test_long_form_and_hostile_names(room):
    rows = ["file;source;label", f"{HOSTILE}.mp3;{HOSTILE};Zorg{HOSTILE}", "=1+1.mp3;b\x1b[31m;Rock"]
    table = "\n".join([*rows, f"{HOSTILE}.mp3;b\x1b[31m;Pop\n"])
    answer = told(room, table)
    assert answer["state"] == "done"
    assert "<img" not in answer["html"] + answer["rows"]
    assert "\x1b" not in answer["html"] + answer["rows"]
    assert "&lt;img" in answer["html"]
    assert left(room) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "LABELS_TABLE_INVALID"),
        (b"PK\x03\x04" + bytes(50), "LABELS_TABLE_INVALID"),
        (b"file,a\nx,Zorg\n", "LABELS_UNKNOWN"),
        (b"file,a\n" + b"x,Rock\n" * (MAX_BYTES // 7), "LABELS_TABLE_TOO_LARGE"),
        (b"file,a\n" + b"".join(b"%d,Rock\n" % n for n in range(MAX_SONGS + 1)), "LABELS_TABLE_TOO_LARGE"),
        (b"file,a\n" + b"".join(b"%d,Zorg%d\n" % (n, n) for n in range(10_001)), "LABELS_TABLE_TOO_LARGE"),
        (
            b"file,"
            + b",".join(b"s%d" % n for n in range(150))
            + b"\n"
            + b"".join(b"%d" % n + b",Pop" * 150 + b"\n" for n in range(1400)),
            "LABELS_TABLE_TOO_LARGE",
        ),
    ],
)
def test_what_cannot_be_settled_is_told(room, content, code):
    answer = told(room, content)
    assert answer["state"] == "failed"
    assert f'data-code="{code}"' in answer["html"]
    # Never by the name under which it lies here.
    assert ".song" not in answer["html"]
    assert left(room) == []


def test_the_hint_names_the_pages_limits():
    assert f"the page up to {MAX_BYTES // 10**6} MB and {MAX_SONGS} songs" in HINTS["LABELS_TABLE_TOO_LARGE"]


def test_without_crowd_kit_the_tab_says_what_to_install(room, monkeypatch):
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    answer = told(room, "file,a,b\nx,Rock,Pop\n")
    assert 'data-code="ARBITRATE_NOT_INSTALLED"' in answer["html"]
    assert "pip install &#x27;genrelens[arbitrate]&#x27;" in answer["html"]


def test_the_model_speaks_out_of_the_catalogue(room, model, examples, tmp_path):
    riff = next(path for path in examples if path.stem == "metal_riff")
    with open_catalogue(tmp_path / "my.db", create=True) as catalogue:
        mid = catalogue.model_id(model.bundle)
        catalogue.plan(mid, [FileRecord(to_text(riff), riff.stat().st_size, 1, "a" * 64)])
        catalogue.claim(mid, "me", ["a" * 64])
        catalogue.commit(mid, "me", [("a" * 64, analyze(model, riff))])
        answer = told(replace(room, catalogue=catalogue), "file,a\nmetal_riff.ogg,Rock\ngone.ogg,Pop\n")
    assert '<bdi><span class="w" lang="en">the model</span>' in answer["rows"]
    assert "Files that were not found, so that the model does not speak for them (1): gone.ogg" in answer["html"]


def test_results_are_their_owners_and_go_with_the_tab(room, client):
    first = told(room, "file,a\nx,Rock\n")["token"]
    other = told(room, "file,a\nx,Rock\n", "other")["token"]
    second = told(room, "file,a\nx,Pop\n")["token"]
    assert [client.get(f"/settle/{token}.csv").status_code for token in (first, other, second)] == [404, 200, 200]
    room.leave("me")
    assert [client.get(f"/settle/{token}.csv").status_code for token in (other, second)] == [200, 404]


def test_anothers_upload_is_no_table_of_mine(room):
    answer = json.loads(settle({"path": "/etc/passwd", "name": "x.csv"}, "me", room))
    assert 'data-code="AUDIO_NOT_FOUND"' in answer["html"]


@given(data=ANYTHING)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_browser_sends(room, data):
    assert json.loads(settle(data, "me", room))["state"] in ("done", "failed")
