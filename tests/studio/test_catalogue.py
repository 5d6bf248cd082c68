"""What the tab "catalogue" is told: the numbers of the workflows, escaped, and to nobody without a token."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.catalogue.decisions import Decisions, Desk, Verdict
from genrelens.catalogue.store import open_catalogue
from genrelens.studio.catalogue import serve_catalogue
from genrelens.studio.catalogue_view import catalogue_html, without_catalogue
from genrelens.studio.room import Room
from genrelens.studio.uploads import Uploads
from genrelens.workflows.catalogue_map import map_catalogue
from genrelens.workflows.longtail import long_tail
from tests.catalogue.made import synthetic_catalogue


@pytest.fixture
def made(tmp_path):
    with synthetic_catalogue(tmp_path / "my.db", 200, folder="/mu<sic>") as catalogue:
        yield catalogue


def client_of(catalogue, tmp_path):
    room = Room(lambda: SimpleNamespace(), listen, read_song, Uploads(tmp_path), catalogue=catalogue)
    app = FastAPI()
    serve_catalogue(app, room)
    return TestClient(app), room.seats.open("me").token


def test_map_song_tail_and_duplicates(made, tmp_path):
    client, token = client_of(made, tmp_path)
    model_id = made.latest_model()
    told = client.get(f"/catalogue/{token}/map").json()
    found = map_catalogue(made, model_id)
    assert [point[0] for point in told["points"]] == [point.sha256 for point in found.points]
    assert [told["genres"][point[4]]["id"] for point in told["points"]] == [point.genre for point in found.points]
    assert f'data-count="{sum(next(iter(found.counts.values())).values())}"' in told["html"]
    sha = found.points[0].sha256
    song = client.get(f"/catalogue/{token}/song/{sha}").json()["html"]
    assert song.count("<li>") == 9
    assert "/mu&lt;sic&gt;" in song
    assert "<sic>" not in song
    names = {point[1] for point in told["points"]}
    assert "caf .flac" in names  # its name is no UTF-8: the backslashes that stand for its bytes part no folders
    assert "xff.flac" not in names
    quiet = next(row for row in made.rows(model_id) if row.tier == "not_music" and row.top)
    line = client.get(f"/catalogue/{token}/song/{quiet.sha256}").json()["html"].split("More like")[0]
    assert line.count("Not music") == 1
    tail = client.get(f"/catalogue/{token}/tail", params={"genre": "Folk"}).json()["html"]
    expected = long_tail(made, model_id, genres=["Folk"], most=30).finds
    assert tail.count("data-score=") == len(expected)
    assert all(f'data-score="{find.score!r}"' in tail for find in expected)
    twice = client.get(f"/catalogue/{token}/twice").json()["html"]
    assert 'data-kind="file"' in twice
    picture = client.get(f"/catalogue/{token}/picture.svg", params={"lang": "zh", "theme": "dark"})
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.startswith("<svg")


def test_a_decision_shows_at_once(made, tmp_path):
    client, token = client_of(made, tmp_path)
    sha = client.get(f"/catalogue/{token}/map").json()["points"][0][0]
    verdict = Verdict(sha, made.latest_model(), "other", "Reggae")
    Decisions(made.database).decide(Desk("me"), verdict, token="t")
    told = client.get(f"/catalogue/{token}/map").json()
    [mine] = [point for point in told["points"] if point[0] == sha]
    assert told["genres"][mine[4]]["id"] == "Reggae"
    assert mine[5] == 0


def test_strangers_and_nonsense_get_nothing(made, tmp_path):
    client, token = client_of(made, tmp_path)
    for path in ("map", "tail", "twice", f"song/{'0' * 64}", "picture.svg"):
        assert client.get(f"/catalogue/guess/{path}").status_code == 404
    for path in (f"song/{'0' * 64}", "song/..%2f..%2fetc%2fpasswd", "picture.pdf", "picture.svg?lang=xx"):
        assert client.get(f"/catalogue/{token}/{path}").status_code == 404
    wrong = client.get(f"/catalogue/{token}/tail", params={"genre": "<Polka>"}).json()
    assert wrong["error"]["code"] == "GENRE_UNKNOWN"
    assert "<Polka>" not in json.dumps(wrong)


def test_a_catalogue_without_answers_says_so(tmp_path):
    with open_catalogue(tmp_path / "new.db", create=True) as catalogue:
        client, token = client_of(catalogue, tmp_path)
        assert client.get(f"/catalogue/{token}/map").json()["error"]["code"] == "CATALOGUE_EMPTY"
        assert client.get(f"/catalogue/{token}/picture.svg").status_code == 404


def test_what_stands_on_the_page():
    assert "genrelens serve --catalogue my.db" in without_catalogue()
    page = catalogue_html(["Jazz", '"><script>'])
    assert "<script>" not in page
    assert '<option value="Jazz" data-en="Jazz" data-zh="爵士">' in page
