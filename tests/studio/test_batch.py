"""One event in, the rows that the browser lacks out: whatever it sends, whoever else is there."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens import analyze
from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from genrelens.insight.table import TableRow, to_csv, to_jsonl
from genrelens.studio import tables
from genrelens.studio.batch import batch_html, hear_one, row_values, serve_tables, stop
from genrelens.studio.room import Room
from genrelens.studio.uploads import Uploads
from genrelens.workflows.policy import DEFAULT, Policy
from tests.studio.made import FIRST, analysis, clipped
from tests.studio.test_listen import ANYTHING
from tests.studio.test_verdict import Reader


@pytest.fixture
def room(model, tmp_path):
    return Room(lambda: model, listen, read_song, Uploads(tmp_path))


@pytest.fixture
def give(room, examples):
    """Uploads a file and asks for it, as the tab does."""

    def give_(number, *, listener="me", table=0, run=0, have=0, content=None, name=None):
        path = room.uploads.folder / f"{listener}{table}{number}.song"
        if content is None:
            shutil.copy(examples[number % len(examples)], path)
        else:
            path.write_bytes(content)
        data = {"table": table, "run": run, "id": number, "have": have, "path": str(path), "name": name or path.name}
        text = hear_one(data, listener, room)
        return json.loads(text) if text else None

    return give_


def test_rows_come_as_they_are_answered_and_only_once(give, model, examples):
    first = give(0, name="a.ogg")
    second = give(1, have=1, content=b"no sound at all", name="b.mp3")
    assert ([row["id"] for row in first["rows"]], first["first"]) == ([0], 0)
    assert ([row["id"] for row in second["rows"]], second["first"]) == ([1], 1)
    assert first["token"] == second["token"]
    expected = analyze(model, examples[0])
    assert [score["id"] for score in first["rows"][0]["top"]] == [score.id for score in expected.top5]
    assert first["rows"][0]["top"][0]["p"] == pytest.approx(expected.top[0].probability, abs=1e-6)
    assert (second["rows"][0]["tier"], second["rows"][0]["code"]) == ("failed", "AUDIO_UNREADABLE")
    assert "cannot be read" in second["rows"][0]["error"]["en"]


def test_rows_that_were_lost_on_the_way_come_again(give, room):
    give(0, content=b"x")
    give(1, content=b"y")
    again = json.loads(hear_one({"table": 0, "have": 0}, "me", room))
    assert [row["id"] for row in again["rows"]] == [0, 1]


def test_an_upload_goes_once_it_is_answered(give, room):
    give(0)
    give(1, content=b"broken")
    assert [path for path in room.uploads.folder.rglob("*") if path.is_file()] == []


def test_a_cancelled_run_adds_nothing_and_the_next_one_does(give, room):
    give(0, content=b"x")
    stop({"table": 0, "run": 0}, "me", room)
    assert give(1, run=0, have=1)["rows"] == []
    assert [row["id"] for row in give(2, run=1, have=1, content=b"x")["rows"]] == [2]
    assert not any(path.is_file() for path in room.uploads.folder.rglob("*"))


def test_what_was_being_heard_when_it_was_cancelled_is_not_added(room, give, monkeypatch):
    def cancelled_meanwhile(self, path, name):
        stop({"table": 0, "run": 0}, "me", room)
        return analysis(name=name)

    monkeypatch.setattr(Room, "analyse", cancelled_meanwhile)
    assert give(0)["rows"] == []


def test_a_cleared_table_takes_no_late_answer(give, room):
    give(0, content=b"x")
    token = give(1, table=1, content=b"x")["token"]
    assert give(2, table=0, content=b"x") is None
    assert not any(path.is_file() for path in room.uploads.folder.rglob("*"))
    later = give(3, table=1, have=1, content=b"x")
    assert (later["token"], [row["id"] for row in later["rows"]]) == (token, [3])


def test_two_listeners_never_share_a_table(give, room):
    mine, yours = give(0, listener="me", content=b"x"), give(1, listener="you", content=b"x")
    assert mine["token"] != yours["token"]
    assert [[row["id"] for row in told["rows"]] for told in (mine, yours)] == [[0], [1]]
    room.leave("me")
    assert room.tables.get(mine["token"]) is None
    assert room.tables.get(yours["token"]) is not None


def test_a_file_that_the_browser_refused_is_a_row(room):
    told = json.loads(hear_one({"table": 0, "id": 4, "refused": "size", "name": "../huge.wav"}, "me", room))
    assert [(row["name"], row["code"]) for row in told["rows"]] == [("huge.wav", "AUDIO_TOO_LARGE")]


def test_a_path_of_this_machine_is_none(room):
    told = json.loads(hear_one({"table": 0, "path": "/etc/passwd", "name": "x.mp3"}, "me", room))
    assert told["rows"][0]["code"] == "AUDIO_NOT_FOUND"
    assert Path("/etc/passwd").exists()


def test_a_table_has_an_end(give, monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    for number in range(4):
        told = give(number, content=b"x")
    assert [row["id"] for row in told["rows"]] == [0, 1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("table", "run", "id", "have", "path", "name", "refused"), ANYTHING)
    )
)
def test_whatever_a_browser_sends_is_answered(room, data):
    text = hear_one(data, "anyone", room)
    assert not text or json.loads(text)["rows"] is not None


@pytest.mark.parametrize("tier", FIRST)
def test_a_row_says_what_the_analysis_says(tier):
    made = analysis(tier, health=[clipped()])
    made = replace(made, source=replace(made.source, genre_tag="Rock"))
    values = row_values(TableRow("song.mp3", made), DEFAULT)
    assert [score["p"] for score in values["top"]] == [score.probability for score in made.top5]
    assert (values["tier"], values["mix"], values["not_music"]) == (tier, made.mix_index, made.not_music)
    assert (values["seconds"], values["health"], values["tag"]) == (215.3, ["CLIPPING"], "Rock")
    assert values["action"] == {"sure": "accept", "likely": "suggest"}.get(tier, "review")
    assert row_values(TableRow("song.mp3", made), Policy(health=("CLIPPING",)))["action"] == "review"


def test_silence_and_failure_are_rows():
    assert row_values(TableRow("s.wav", analysis("not_music", silent=True)), DEFAULT)["top"] == []
    assert row_values(TableRow("f.wav", AudioError("AUDIO_EMPTY", "empty")), DEFAULT)["error"]["zh"]


def test_the_downloads_are_the_table_and_need_its_token(room):
    app = FastAPI()
    serve_tables(app, room)
    client = TestClient(app)
    rows = [TableRow("=1+1.mp3", analysis(name="=1+1.mp3")), TableRow("x.mp3", AudioError("AUDIO_EMPTY", "empty"))]
    table = room.tables.open("me", 0)
    for number, row in enumerate(rows):
        assert room.tables.add(table, 0, number, row)
    for kind, content in (("csv", to_csv(rows)), ("jsonl", to_jsonl(rows))):
        answer = client.get(f"/table/{table.token}.{kind}")
        assert answer.content == content
        assert f'filename="genrelens.{kind}"' in answer.headers["content-disposition"]
    for wrong in (f"{table.token}.exe", f"{table.token}x.csv", "x.csv"):
        assert client.get(f"/table/{wrong}").status_code == 404
    room.leave("me")
    assert client.get(f"/table/{table.token}.csv").status_code == 404


def test_old_tables_are_forgotten(room, monkeypatch):
    token = room.tables.open("me", 0).token
    room.tables.sweep()
    assert room.tables.get(token) is not None
    monkeypatch.setattr(tables, "MAX_AGE_S", -1.0)
    room.tables.sweep()
    assert room.tables.get(token) is None


def test_the_html_is_whole_translated_and_no_template():
    html = batch_html()
    reader = Reader(html)
    assert reader.open == []
    assert not [text for text in reader.plain if any(letter.isalpha() for letter in text)]
    assert not any(mark in html for mark in ("${", "{{", "`", "\\"))
