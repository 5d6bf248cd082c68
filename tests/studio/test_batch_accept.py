"""What the policy accepts, accepted together: in the table and its downloads, in the catalogue, and taken back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.catalogue.decisions import Decisions
from genrelens.catalogue.store import open_catalogue
from genrelens.errors import AudioError
from genrelens.insight.table import TableRow
from genrelens.studio.batch import serve_tables
from genrelens.studio.batch_accept import accept
from genrelens.studio.room import Room
from genrelens.studio.uploads import Uploads
from genrelens.workflows.policy import DEFAULT, Limits, Policy
from tests.catalogue.reviewable import fill
from tests.studio.made import analysis


@pytest.fixture
def opened(tmp_path, model):
    with open_catalogue(tmp_path / "my.db", create=True) as catalogue:
        fill(catalogue, model, [(Path("/music/a.mp3"), "sure"), (Path("/music/b.mp3"), "likely")])
        yield catalogue


@pytest.fixture
def room(model, tmp_path, opened):
    likely_too = Policy(Limits(accept_above=0.7, suggest_from=0.6))
    made = Room(lambda: model, listen, read_song, Uploads(tmp_path), catalogue=opened, policy=likely_too)
    table = made.tables.open("me", 0)
    shas = [row.sha256 for row in opened.rows(opened.latest_model())]
    rows = [(analysis("sure"), shas[0]), (analysis("likely"), shas[1]), (analysis("not_music"), "f" * 64)]
    for number, (answer, sha) in enumerate(rows):
        answer = replace(answer, source=replace(answer.source, sha256=sha))
        made.tables.add(table, 0, number, TableRow(f"{number}.mp3", answer))
    made.tables.add(table, 0, 3, TableRow("=broken.mp3", AudioError("AUDIO_EMPTY", "nothing")))
    made.tables.add(table, 0, 4, TableRow("silent.mp3", analysis("not_music", silent=True)))
    return made


def ask(room, **data):
    text = accept({"table": 0, "person": "Anna", **data}, "me", room)
    return json.loads(text) if text else None


def test_accepted_kept_taken_away_and_taken_back(room, opened):
    told = ask(room, batch="b1", ids=[0, 1, 2, 3, 4, 99])
    assert told["decided"] == {"0": "Jazz", "1": "Rock"}
    assert told["kept"] == 2
    history = Decisions(opened.database).history()
    assert {(said.verdict, said.kind, said.batch, said.person) for said in history} == {
        ("Jazz", "accept", "b1", "Anna"),
        ("Rock", "accept", "b1", "Anna"),
    }
    app = FastAPI()
    serve_tables(app, room)
    token = room.tables.open("me", 0).token
    with TestClient(app) as client:
        rows = list(csv.DictReader(io.StringIO(client.get(f"/table/{token}.csv").content.decode("utf-8-sig"))))
        assert [row["decision"] for row in rows] == ["Jazz", "Rock", "", "", ""]
        lines = [json.loads(line) for line in client.get(f"/table/{token}.jsonl").text.splitlines()]
        assert [line.get("decision") for line in lines] == ["Jazz", "Rock", None, None, None]
    assert ask(room, batch="b1", undo=True) == {"table": 0, "batch": "b1", "decided": {}, "kept": 2}
    assert Decisions(opened.database).history() == []
    assert ask(room, batch="b1", undo=True)["kept"] == 0


def test_without_a_policy_of_ones_own_only_what_is_over_the_default_limit(room):
    assert ask(replace(room, policy=DEFAULT), batch="b1", ids=[0, 1, 2])["decided"] == {"0": "Jazz"}


def test_a_second_batch_adds_only_what_is_new(room, opened):
    ask(room, batch="b1", ids=[0])
    assert ask(room, batch="b2", ids=[0, 1])["kept"] == 1
    assert ask(room, batch="b2", undo=True)["decided"] == {"0": "Jazz"}
    assert len(Decisions(opened.database).history()) == 1


def test_without_a_catalogue_or_a_name_the_table_alone_has_it(room, opened):
    assert ask(room, batch="b1", ids=[0], person="")["kept"] == 0
    assert ask(replace(room, catalogue=None), batch="b2", ids=[1])["decided"] == {"0": "Jazz", "1": "Rock"}
    assert ask(replace(room, catalogue=None), batch="b2", undo=True)["decided"] == {"0": "Jazz"}
    assert Decisions(opened.database).history() == []


@pytest.mark.parametrize("data", [None, [], {}, {"batch": 7}, {"batch": "b", "table": -1, "ids": ["0", None, {}]}])
def test_nonsense_accepts_nothing(room, data):
    text = accept(data, "me", room)
    assert text == "" or json.loads(text)["decided"] == {}
