"""The tab of the classroom: files in, feedback and sheets out, uploads gone, whatever is sent."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.studio import made_sheets
from genrelens.studio.classroom import call_off, example_roster, give_lesson, serve_classroom
from genrelens.studio.classroom_view import feedback_html, form_html, sheet_html
from genrelens.studio.room import Room
from genrelens.studio.samples import find_samples
from genrelens.studio.uploads import Uploads
from genrelens.words import LANGUAGES
from genrelens.workflows.classroom.roster import read_roster
from tests.studio.test_listen import ANYTHING
from tests.studio.test_verdict import Reader
from tests.workflows.heard import HOSTILE, heard_class, heard_sheet

ROSTER = b"student,file,claimed genre,reasons\nAnn,a.ogg,Jazz,\nBob,b.ogg,Rock,loud\n"


@pytest.fixture
def room(model, tmp_path):
    return Room(lambda: model, listen, read_song, Uploads(tmp_path), tuple(find_samples()))


@pytest.fixture
def upload(room, examples):
    def upload_(name, content=None, piece=1):
        path = room.uploads.folder / f"{name}.song"
        if content is None:
            shutil.copy(examples[piece], path)
        else:
            path.write_bytes(content)
        return {"path": str(path), "name": name}

    return upload_


def told(kind, data, room, listener="me"):
    return [json.loads(text) for text in give_lesson(kind, {"run": "r", **data}, listener, room)]


def left(room):
    return [path for path in room.uploads.folder.rglob("*") if path.is_file()]


@pytest.fixture
def client(room):
    app = FastAPI()
    serve_classroom(app, room)
    return TestClient(app)


def test_homework_with_files_one_by_one(room, upload, client):
    data = {"roster": upload("list.csv", ROSTER), "files": [upload("a.ogg"), upload("b.ogg", b"nothing")], "lang": "zh"}
    answers = told("homework", data, room)
    assert [one["state"] for one in answers][-2:] == ["writing", "done"]
    assert {one["run"] for one in answers} == {"r"}
    assert {(one["done"], one["total"]) for one in answers if one["state"] == "working"} >= {(0, 2), (2, 2)}
    last = answers[-1]
    assert 'data-agreement="agrees"' in last["html"]
    assert "<code>AUDIO_UNREADABLE</code>" in last["html"]
    assert Reader(last["html"]).open == []
    assert left(room) == []
    assert client.get(f"/classroom/{last['token']}.xlsx?lang=zh").content.startswith(b"PK")
    page = client.get(f"/classroom/{last['token']}.html?lang=en")
    assert "attachment" in page.headers["content-disposition"]
    assert "Feedback on our music" in page.text
    for bad in (f"{last['token']}.docx", f"{last['token']}.exe", "x.xlsx"):
        assert client.get(f"/classroom/{bad}").status_code == 404


def test_homework_in_a_zip_and_the_place_it_was_unpacked_goes(room, upload, examples, tmp_path, monkeypatch):
    import tempfile

    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(examples[1], "x/A.OGG")
        archive.writestr("../../evil.mp3", b"x")
    data = {"roster": upload("list.csv", ROSTER), "files": [upload("class.zip", packed.getvalue())]}
    html = told("homework", data, room)[-1]["html"]
    assert "its name leads out of the folder" in html
    assert 'data-cause="no_file"' in html
    assert left(room) == list(private.iterdir()) == []


def test_a_lesson_with_what_was_refused_on_the_sheet(room, upload, client):
    files = [{"example": room.samples[0].id, "name": "x"}, {"name": "big.wav", "refused": "size"}]
    last = told("lesson", {"files": files, "title": "Term"}, room)[-1]
    assert last["html"].count('<tr class="row"') == 2
    assert re.search(r">2\. big\.wav: [^<]+\(AUDIO_TOO_LARGE\)<", last["html"])
    assert room.samples[0].path.is_file()
    from docx import Document

    sheet = Document(io.BytesIO(client.get(f"/classroom/{last['token']}.docx").content))
    assert sheet.paragraphs[0].text == "Term"


def test_our_own_example_and_its_roster(room, client):
    for language in LANGUAGES:
        rows = read_roster(client.get(f"/classroom/example.csv?lang={language}").content)
        assert len(rows) == 4
        assert {row.file for row in rows} <= {sample.path.name for sample in room.samples}
        assert rows == read_roster(example_roster(room.samples, language))
    files = [{"example": sample.id, "name": sample.path.name} for sample in room.samples]
    last = told("homework", {"roster": {"example": True}, "files": files}, room)[-1]
    assert last["html"].count('<tr class="row"') == 4
    assert 'data-cause="no_file"' not in last["html"]


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("homework", {"roster": {"example": True}}, "NO_INPUT"),
        ("homework", {"files": [{"example": "bossa_nova"}]}, "ROSTER_INVALID"),
        ("lesson", {}, "NO_INPUT"),
        ("lesson", {"files": [{"example": "bossa_nova"}] * 101}, "LESSON_TOO_MANY"),
    ],
)
def test_what_is_missing_is_a_card(room, kind, data, code):
    last = told(kind, data, room)[-1]
    assert last["state"] == "failed"
    assert f'data-code="{code}"' in last["html"]


def test_calling_off_ends_it_and_deletes_what_was_sent(room, upload):
    files = [upload(f"{n}.ogg") for n in range(6)]
    answers = give_lesson("lesson", {"run": "r", "files": files}, "me", room)
    assert json.loads(next(answers))["state"] == "working"
    call_off({"kind": "lesson"}, "me", room)
    assert all(json.loads(text)["state"] == "working" for text in answers)
    assert room.sheets._by_owner == {}
    waiting = [upload("z.ogg")]
    call_off({"kind": "lesson", "files": waiting}, "me", room)
    assert not (room.uploads.folder / "z.ogg.song").exists()


def test_made_sheets_are_forgotten(room, monkeypatch):
    made = room.sheets.put("me", "lesson", heard_sheet())
    assert room.sheets.get(made.token) is made
    assert room.sheets.get("ü") is None
    again = room.sheets.put("me", "lesson", heard_sheet())
    assert room.sheets.get(made.token) is None
    room.leave("me")
    assert room.sheets.get(again.token) is None
    old = room.sheets.put("me", "homework", heard_class())
    monkeypatch.setattr(made_sheets, "MAX_AGE_S", -1.0)
    room.sheets.sweep()
    assert room.sheets.get(old.token) is None


def test_views_hold_everything_escaped(room):
    for html in (feedback_html(heard_class()), sheet_html(replace(heard_sheet())), form_html(room.samples)):
        assert HOSTILE not in html
        assert "onerror=alert(1)>" not in html
        assert Reader(html).open == []
    assert feedback_html(heard_class()).count('<tr class="row"') == 10


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ANYTHING)
def test_whatever_is_sent_gets_a_calm_answer(room, data):
    for kind in ("homework", "lesson"):
        assert json.loads(list(give_lesson(kind, data, "odd", room))[-1])["state"] == "failed"
    call_off(data, "odd", room)
