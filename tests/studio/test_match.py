"""A brief in, its reading and a ranking out: the numbers of `insight.match`, whatever is sent."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.insight.brief import parse_brief
from genrelens.insight.description import NOTHING_KNOWN, Candidate, gather
from genrelens.insight.match import Fit, Match, Reason, match
from genrelens.sentences.match import reason_text
from genrelens.studio import tables
from genrelens.studio.match import call_off, hear_candidate, rank, serve_shortlists
from genrelens.studio.match_view import brief_html, ranking_html, tab_html
from genrelens.studio.room import Room
from genrelens.studio.samples import find_samples
from genrelens.studio.uploads import Uploads
from tests.studio.made import analysis
from tests.studio.test_listen import ANYTHING
from tests.studio.test_verdict import Reader

BRIEF = "温暖、爵士，120 BPM，不要摇滚, no vocals"
HOSTILE = "=<img src=x onerror=alert(1)>.ogg"


@pytest.fixture
def room(model, tmp_path):
    return Room(lambda: model, listen, read_song, Uploads(tmp_path), tuple(find_samples()))


@pytest.fixture
def give(room, examples):
    """Uploads a file and asks for it, as the tab does."""

    def give_(number, *, listener="me", table=0, run=0, content=None, name=None):
        path = room.uploads.folder / f"{listener}{table}{number}.song"
        if content is None:
            shutil.copy(examples[number % len(examples)], path)
        else:
            path.write_bytes(content)
        data = {"table": table, "run": run, "id": number, "path": str(path), "name": name or path.name}
        text = hear_candidate(data, listener, room)
        return json.loads(text) if text else None

    return give_


@pytest.fixture
def ask(room):
    def ask_(brief=BRIEF, *, listener="me", table=0, most=0):
        text = rank({"table": table, "brief": brief, "most": most, "serial": 7}, listener, room)
        return json.loads(text) if text else None

    return ask_


def rows(html, name="fit"):
    """The `data-` attributes of every row, in order."""
    tags = re.findall(rf'<li class="{name}[ "][^>]*>', html)
    return [dict(re.findall(r'data-([a-z]+)="([^"]*)"', tag)) for tag in tags]


def test_the_ranking_is_that_of_the_command(give, ask, model, examples):
    for number in range(3):
        give(number)
    found = rows(ask()["ranking"])
    # As `genrelens match` does: the tempo is looked for because this brief names one.
    expected = match(parse_brief(BRIEF), gather(model, examples[:3], tempo=True)).to_dict()["fits"]
    assert [int(row["id"]) for row in found] == [[str(p) for p in examples].index(fit["path"]) for fit in expected]
    for row, fit in zip(found, expected, strict=True):
        assert (int(row["rank"]), float(row["score"])) == (fit["rank"], pytest.approx(fit["score"], abs=1e-6))
        assert row["genre"] == fit["top"][0]["id"]
        assert float(row["probability"]) == pytest.approx(fit["top"][0]["probability"], abs=1e-6)


def test_another_brief_ranks_again_without_a_file(give, ask, room, model, examples):
    for number in range(3):
        give(number)
    assert [path for path in room.uploads.folder.rglob("*") if path.is_file()] == []
    brief = "energetic metal, dark"
    expected = match(parse_brief(brief), gather(model, examples[:3]))
    found = rows(ask(brief)["ranking"])
    assert [float(row["score"]) for row in found] == pytest.approx([fit.score for fit in expected.fits], abs=1e-6)
    amounts = [float(amount) for amount in re.findall(r'data-amount="([^"]*)"', ask(brief)["ranking"])]
    said = [r.amount for fit in expected.fits for r in fit.reasons if r.code not in ("impostor", "voice_unheard")]
    assert sorted(amounts) == pytest.approx(sorted(said), abs=1e-4)


def test_a_brief_is_understood_before_any_file_is_there(ask):
    answer = ask("科技感、未来、不要摇滚 nostalgik blargh")
    assert answer["ranking"] == ""
    assert re.findall(r'<li class="term ([a-z]+)" data-term="([a-z]+)"', answer["brief"]) == [
        ("wanted", "tech"),
        ("wanted", "futuristic"),
        ("unwanted", "rock"),
        ("wanted", "nostalgic"),
    ]
    for said in ("blargh", "took nostalgik for nostalgic", "Electronic +1.0", "电子 +1.0", "Rock -1.0"):
        assert said in answer["brief"]
    assert "No word of this is known" in ask("blargh")["brief"]
    assert "note-not-understood" not in ask("")["brief"]


def test_without_a_brief_candidates_wait_and_failures_are_told(give, ask):
    give(0)
    give(1, content=b"no sound", name=HOSTILE)
    waiting = ask("blargh")["ranking"]
    assert "1 heard. They are ranked" in waiting
    for html in (waiting, ask()["ranking"]):
        assert [(row["id"], row["code"]) for row in rows(html, "failed-file")] == [("1", "AUDIO_UNREADABLE")]
        assert "cannot be read as sound" in html
        assert "<img" not in html
        assert Reader(html).open == []


def test_an_impostor_is_called_out_and_a_voice_is_spoken_of_once():
    lead = Reason("impostor", 0.0, {"first": "Electronic", "genre": "Pop", "probability": 0.58})
    silent = Reason("voice_unheard", 0.0, {"wish": "unwanted"})
    answer = analysis("likely")
    fits = [
        Fit(str(n), n + 1, 0.4 - n, answer.top, answer.tier, NOTHING_KNOWN, (), (*([lead] if n else []), silent))
        for n in range(2)
    ]
    files = {n: Candidate(f"{n}.mp3", answer) for n in range(2)}
    html = ranking_html(Match(parse_brief("electronic, no vocals"), tuple(fits), None), files, 50)
    assert html.count("sounds Electronic at first, is Pop 58") == 1
    assert html.count("Voice cannot be judged in 2 of them") == 1
    assert reason_text(silent, "en") not in html
    assert "show-more" not in html
    assert "show-more" in ranking_html(Match(parse_brief("jazz"), tuple(fits), None), files, 1)


def test_listeners_never_meet_and_a_cleared_table_is_gone(give, ask, room):
    give(0, listener="me")
    give(1, listener="you", content=b"x")
    assert [row["id"] for row in rows(ask(listener="me")["ranking"])] == ["0"]
    assert rows(ask(listener="you")["ranking"]) == []
    assert ask(listener="me", table=1)["ranking"] == ""
    assert ask(listener="me", table=0) is None
    assert give(0, table=0, content=b"x") is None
    assert [path for path in room.uploads.folder.rglob("*") if path.is_file()] == []
    room.leave("you")
    assert ask(listener="you")["ranking"] == ""


def test_a_cancelled_run_adds_nothing_and_a_pool_is_forgotten(give, ask, room, monkeypatch):
    call_off({"table": 0, "run": 0}, "me", room)
    assert give(0, content=b"x")["done"] == []
    assert give(1, run=1, content=b"x")["done"] == [1]
    monkeypatch.setattr(tables, "MAX_AGE_S", -1.0)
    room.pools.sweep()
    assert ask()["ranking"] == ""


def test_our_examples_are_heard_and_stay(room, ask):
    sample = room.samples[0]
    told = json.loads(hear_candidate({"id": 3, "example": sample.id, "name": "x"}, "me", room))
    assert told["done"] == [3]
    assert sample.path.is_file()
    assert sample.path.name in ask()["ranking"]


def test_a_shortlist_is_taken_away(give, ask, room):
    told = [give(0, name=HOSTILE), give(1, name="#b: c.ogg"), give(2), give(3, content=b"no")][-1]
    app = FastAPI()
    serve_shortlists(app, room)
    client = TestClient(app)
    order = [int(row["id"]) for row in rows(ask()["ranking"])]
    params = {"brief": BRIEF, "pick": "1,0,3", "lang": "zh"}
    answer = client.get(f"/shortlist/{told['token']}.csv", params=params)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    picked = [number for number in order if number in (0, 1)]
    names = {0: f"'{HOSTILE}", 1: "#b: c.ogg"}
    assert [line[1] for line in lines[1:]] == [names[number] for number in picked]
    assert [int(line[0]) for line in lines[1:]] == [order.index(number) + 1 for number in picked]
    assert lines[0][0] == "名次"
    playlist = client.get(f"/shortlist/{told['token']}.m3u8", params=params).text.splitlines()
    places = {0: HOSTILE, 1: "./#b: c.ogg"}
    assert playlist[0] == "#EXTM3U"
    assert playlist[2::2] == [places[number] for number in picked]
    for bad in ("/shortlist/x.csv", f"/shortlist/{told['token']}.exe"):
        assert client.get(bad, params=params).status_code == 404
    assert client.get(f"/shortlist/{told['token']}.csv", params={**params, "brief": "blargh"}).status_code == 404
    assert client.get(f"/shortlist/{told['token']}.csv", params={**params, "pick": "²,-1,a"}).status_code == 200


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ANYTHING)
def test_whatever_is_sent_gets_a_calm_answer(room, data):
    for answer in (hear_candidate(data, "odd", room), rank(data, "odd", room)):
        json.loads(answer or "null")
    call_off(data, "odd", room)


def test_words_of_a_brief_are_only_text():
    html = brief_html(parse_brief("<script>alert(1)</script> \ud800 jazz".encode("utf-8", "replace").decode()))
    assert "<script" not in html
    for mark in ("${", "{{", "`", "\\"):
        assert mark not in tab_html(find_samples())
