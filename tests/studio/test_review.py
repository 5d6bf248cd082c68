"""What the tab's requests answer: files, verdicts, sound and evidence of the catalogue's own files alone."""

from __future__ import annotations

import io
import json
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.catalogue.decisions import Decisions
from genrelens.catalogue.store import open_catalogue
from genrelens.studio.review import serve_review
from genrelens.studio.review_desk import answer, wish_of
from genrelens.studio.review_view import review_html, without_catalogue
from genrelens.studio.room import Room
from genrelens.studio.uploads import Uploads
from genrelens.workflows.policy import Limits, Policy
from tests.catalogue.reviewable import fill

HOSTILE = "<script>\u202e\x1b=1.mp3"


@pytest.fixture
def song(tmp_path, examples):
    path = tmp_path / "song.ogg"
    path.write_bytes(examples[0].read_bytes())
    return path


@pytest.fixture
def room(model, tmp_path, song):
    (tmp_path / "uploads").mkdir()
    with open_catalogue(tmp_path / "my.db", create=True) as catalogue:
        files = [(song, "unsure"), (Path("/gone") / HOSTILE, "unsure"), (Path("/gone/sure.mp3"), "sure")]
        fill(catalogue, model, files, tag="<b>\u202e")
        yield Room(lambda: model, listen, read_song, Uploads(tmp_path / "uploads"), catalogue=catalogue)


@pytest.fixture
def desk(room):
    """Asks as a tab does: `desk("Anna")("take", want=1)`."""
    app = FastAPI()
    serve_review(app, room)
    with TestClient(app) as client:

        def sit(person, listener=None):
            token = room.seats.open(listener or person).token

            def ask(verb, **data):
                return client.post(f"/review/{token}/{verb}", content=json.dumps({"person": person, **data})).json()

            ask.get = lambda address: client.get(f"/review/{token}/{address}")
            ask.client = client
            return ask

        yield sit


def test_a_file_is_given_decided_and_taken_back(desk, room):
    anna, ben = desk("Anna"), desk("Ben")
    told = anna("take", want=1)
    (item,) = told["items"]
    assert (item["name"], item["there"], item["answer"], item["length"]) == ("song.ogg", True, "Folk", "0:20")
    assert (told["left"], told["mine"], told["others"], told["at_work"]) == (2, 0, 0, [])
    (other,) = ben("take", want=4)["items"]
    assert (other["name"], other["there"], other["folder"]) == ("<script> =1.mp3", False, "/gone")
    assert anna("take", want=2, have=[item["sha"]])["items"] == []
    refused = ben("decide", sha=item["sha"], seen=0, said="accept", token="b")
    assert refused["error"]["code"] == "REVIEW_TAKEN"
    assert set(refused["error"]["words"]) == {"en", "zh"}
    for _ in range(2):  # sent again, it is the same
        told = anna("decide", sha=item["sha"], seen=0, said="Jazz", token="a")
        assert (told["decision"]["zh"], told["mine"], told["left"]) == ("爵士", 1, 1)
    assert anna("undo")["item"]["sha"] == item["sha"]
    assert anna("undo")["error"]["code"] == "REVIEW_NOTHING_TO_UNDO"
    assert sorted(anna("renew")["held"]) == [item["sha"]]
    room.leave("Anna")
    assert ben("take", want=4, have=[other["sha"]])["items"][0]["sha"] == item["sha"]


def test_the_pages_policy_says_what_is_reviewed_and_accepted(room):
    strict = replace(room, policy=Policy(Limits(0.99, 0.95)), policy_name="mine.yaml")
    seat = strict.seats.open("Anna")
    assert answer("acceptable", strict, seat, {"person": "Anna"}) == {"count": 0}
    assert answer("take", strict, seat, {"person": "Anna"})["left"] == 3
    kept = seat.review
    answer("renew", strict, seat, {"person": "Anna"})
    assert seat.review is kept  # the same wish is the same list


def test_what_is_disputed_is_shown_and_settled(desk):
    anna, ben, cem = desk("Anna"), desk("Ben"), desk("Cem")
    (item,) = anna("take", want=1)["items"]
    anna("decide", sha=item["sha"], seen=0, said="Jazz", token="a")
    (item,) = ben("take", about="decided")["items"]
    assert item["opinions"] == []
    ben("decide", about="decided", sha=item["sha"], seen=item["seen"], said="not_music", token="b")
    assert cem("agreement")["disputed"] == 1
    (item,) = cem("take", about="disputed")["items"]
    assert [(said["person"], said["en"]) for said in item["opinions"]] == [("Anna", "Jazz"), ("Ben", "Not music")]
    told = cem("decide", about="disputed", sha=item["sha"], seen=item["seen"], said="Jazz", token="c")
    assert (told["decision"]["kind"], told["left"]) == ("settle", 0)
    assert cem("agreement")["disputed"] == 0


def test_what_the_policy_accepts_is_counted_accepted_and_taken_back(desk):
    anna = desk("Anna")
    assert anna("acceptable")["count"] == 1
    assert anna("accept", batch="b")["count"] == 1
    assert anna("acceptable")["count"] == 0
    assert anna("undo", batch="b")["count"] == 1
    assert anna("accept")["count"] == 0
    assert anna("agreement")["files"] == 0


def test_the_sound_is_the_doubtful_part_and_of_the_catalogue_alone(desk, room, song, examples):
    anna = desk("Anna")
    (item,) = anna("take", want=1)["items"]
    sound = anna.get(f"sound/{item['sha']}?start={item['start']}")
    assert sound.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(sound.content)) as cut:
        assert cut.getnframes() / cut.getframerate() == pytest.approx(15.0, abs=0.1)
    shown = anna.get(f"evidence/{item['sha']}?start={item['start']}&genre=Folk").json()
    assert "<svg" in shown["html"]
    assert anna.get(f"evidence/{item['sha']}?start=nan&genre=%3Cb%3E").json().keys() == {"html"}
    for sha in ("0" * 64, "..%2f..%2fetc%2fpasswd", "x"):
        answer = anna.get(f"sound/{sha}")
        assert answer.status_code == 404 or answer.json()["error"]["code"] == "AUDIO_NOT_FOUND"
    assert anna.get(f"sound/{item['sha']}?start=1e9").json()["error"]["code"] == "AUDIO_PART_INVALID"
    song.write_bytes(examples[1].read_bytes())
    room.seats._songs.clear()
    assert anna.get(f"sound/{item['sha']}").json()["error"]["code"] == "FILE_CHANGED"
    song.unlink()
    assert anna.get(f"sound/{item['sha']}").json()["error"]["code"] == "AUDIO_NOT_FOUND"


def test_a_foreign_token_or_verb_gets_nothing(desk):
    anna = desk("Anna")
    assert anna.client.post("/review/guess/take", content="{}").status_code == 404
    assert anna.client.get("/review/guess/sound/0").status_code == 404
    assert anna.client.post(f"/review/{'x' * 500}/take", content="{}").status_code == 404


@pytest.mark.parametrize("body", ["", "null", "[]", "{", '{"person": "\\u202e"}', "x" * 200_000])
def test_nonsense_is_answered_in_words(desk, room, body):
    desk("Anna")
    token = room.seats.open("Anna").token
    app = FastAPI()
    serve_review(app, room)
    with TestClient(app) as client:
        answer = client.post(f"/review/{token}/take", content=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (200, "REVIEW_NO_NAME")


def test_verdicts_that_are_none(desk, room):
    anna = desk("Anna")
    (item,) = anna("take", want=1)["items"]
    for said in ("", "Polka", "<b>"):
        assert anna("decide", sha=item["sha"], seen=0, said=said, token="t")["error"]["code"] == "REVIEW_VERDICT"
    assert anna("decide", sha="x", seen=0, said="accept", token="t")["error"]["code"] == "REVIEW_UNKNOWN_FILE"
    assert Decisions(room.catalogue.database).history() == []


def test_filters_from_the_browser():
    wish = wish_of(
        {"tier": "doubtful", "genre": "Folk", "folder": "/a/caf\\xe9/", "text": "x\0", "days": 1, "about": "decided"}
    )
    assert wish.only.tiers == ("unsure", "blend", "likely", "not_music")
    assert (wish.only.under, wish.only.text, wish.about, wish.order) == ("/a/caf\\xe9", "x", "decided", "doubt")
    for nonsense in (None, [], {"tier": "x", "days": "x", "about": "yes", "order": 7, "folder": " "}):
        assert wish_of(nonsense).only.tiers == ()
        assert wish_of(nonsense).only.under == ""


def test_without_a_catalogue_the_commands_are_shown_and_labels_are_escaped():
    assert "genrelens serve --catalogue my.db" in without_catalogue()
    html = review_html(["<i>"], "<b>.yaml")
    assert "<i>" not in html
    assert "&lt;b&gt;.yaml" in html
    app = FastAPI()
    serve_review(app, Room(lambda: None, listen, read_song, None))
    assert not any("review" in getattr(route, "path", "") for route in app.routes)
