"""What the looks "policy", "models" and "tags" are told: what the workflows say, escaped, and nothing is written."""

from __future__ import annotations

import hashlib
import re
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.catalogue.decisions import Decisions
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.listening.analysis import ModelInfo
from genrelens.listening.bundle import read_bundle
from genrelens.studio.catalogue import serve_catalogue
from genrelens.studio.room import Room
from genrelens.studio.uploads import Uploads
from genrelens.workflows.model_diff import compare_models
from genrelens.workflows.policy import DEFAULT, Limits, Policy, policy_text, read_policy
from genrelens.workflows.policy_curve import curve_of_reviews, songs_of
from genrelens.workflows.policy_proposal import propose
from genrelens.workflows.policy_workload import workload
from genrelens.workflows.tags.plan import TagAction, TagPlan, TagWish
from tests.catalogue.made import answer_all, decide, synthetic_analysis, synthetic_catalogue

FIRST = RowFilter(first_copies=True)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A catalogue of hostile names that two models answered; what the second one says counts."""
    where = tmp_path_factory.mktemp("two") / "my db.db"
    newer = replace(read_bundle(), name="<b>newer", version="9.0", model_sha256="9" * 64)
    synthetic_catalogue(where, 200, folder="/mu<sic>", bundle=newer, shift=1.5).close()
    with synthetic_catalogue(where, 150, folder="/mu<sic>") as made:
        yield made


def asking(catalogue, tmp_path, **values):
    room = Room(lambda: SimpleNamespace(), listen, read_song, Uploads(tmp_path), catalogue=catalogue, **values)
    app = FastAPI()
    serve_catalogue(app, room)
    client, base = TestClient(app), f"/catalogue/{room.seats.open('me').token}/"
    return room, lambda path, **params: client.get(base + path, params=params), lambda path: client.post(base + path)


def counted(html):
    return {action: int(n) for action, n in re.findall(r'<li data-action="(\w+)" data-count="(\d+)"', html)}


def test_a_policy_is_counted_as_the_command_counts(two, tmp_path):
    _, get, _ = asking(two, tmp_path)
    whole = get("policy").json()["html"]
    assert 'data-source="card"' in whole
    assert 'class="right" d="M' in whole
    rows = list(two.rows(two.latest_model(), FIRST))
    for limits in (Limits(), Limits(0.5, 0.4), Limits(1.0, 1.0), Limits(0.0, 0.0)):
        found = workload(rows, Policy(limits))
        told = get("policy/work", accept=limits.accept_above, suggest=limits.suggest_from, source="card").json()
        named = {name: getattr(found, name) for name in ("accept", "suggest", "review", "decided")}
        assert counted(told["sum"]) == named
        by_genre = re.findall(r'<td data-action="(\w+)">(\d+)</td>', told["html"])
        for action, count in named.items():
            assert sum(int(n) for name, n in by_genre if name == action) == count
    clamped = get("policy/work", accept=0.5, suggest=0.9).json()
    assert (clamped["accept"], clamped["suggest"]) == (0.5, 0.5)
    for wrong in ({"accept": 2}, {"accept": "nan"}, {"wished": 1}, {"accept": "<b>"}):
        assert get("policy/work", **wrong).status_code == 422


def test_the_file_is_what_the_command_writes(two, tmp_path):
    base = Policy(Limits(0.9, 0.7), {"World": None}, health=("CLIPPING",), tag_disagrees="suggest")
    _, get, _ = asking(two, tmp_path, policy=base, policy_name="<mine>.yaml")
    assert "&lt;mine&gt;.yaml" in get("policy").json()["html"]
    answer = get("policy.yaml", accept=0.8, suggest=0.7)
    assert answer.headers["content-disposition"] == 'attachment; filename="policy.yaml"'
    assert answer.text == policy_text(replace(base, limits=Limits(0.8, 0.7)))
    _, plain, _ = asking(two, tmp_path)
    assert plain("policy.yaml").text == policy_text(DEFAULT)
    assert plain("policy.yaml", lang="xx").status_code == 404
    assert plain("policy.yaml", wished=0.9, source="reviews").status_code == 404  # nobody reviewed


def test_a_proposal_from_reviews_with_limits_by_genre(tmp_path):
    with synthetic_catalogue(tmp_path / "my.db", 400) as made:
        model_id = made.latest_model()
        for row in made.rows(model_id, RowFilter(states=("done",), first_copies=True)):
            if row.top and row.tier != "not_music":
                right = row.genre != "Pop" and row.probability > 0.3
                decide(made, model_id, row.sha256, row.genre if right else "Nothing of these")
        room, get, _ = asking(made, tmp_path)
        assert get("policy").json()["html"].count('class="pick-source"') == 2
        asked = {"wished": 0.8, "source": "reviews", "per_genre": True}
        told = get("policy/work", **asked).json()
        songs = songs_of(made, model_id, DEFAULT)
        expected = propose(curve_of_reviews(songs), 0.8, DEFAULT, per_genre=songs)
        assert told["accept"] == expected.policy.limits.accept_above < 1
        assert expected.policy.genres["Pop"] is None
        assert "always to review" in told["html"]
        (tmp_path / "policy.yaml").write_text(get("policy.yaml", lang="zh", **asked).text, encoding="utf-8")
        assert read_policy(tmp_path / "policy.yaml") == expected.policy
        # What was decided since counts once the look is opened anew, not in the middle of it.
        before = room.looks.evidence(made, DEFAULT)
        Decisions(made.database).undo("ann")
        assert room.looks.evidence(made, DEFAULT, last=True) is before
        get("policy")
        assert room.looks.evidence(made, DEFAULT, last=True).songs.judged == before.songs.judged - 1


def test_a_model_that_nobody_measured(two, tmp_path):
    with synthetic_catalogue(tmp_path / "my.db", 30, bundle=replace(read_bundle(), model_sha256="8" * 64)) as made:
        _, get, _ = asking(made, tmp_path)
        whole = get("policy").json()["html"]
        assert "Nobody has measured this model" in whole
        assert 'class="wish"' not in whole
        assert counted(get("policy/work", accept=0.85, suggest=0.6).json()["sum"])["accept"] > 0
        assert get("policy/work", wished=0.9).json()["error"]["code"] == "POLICY_NO_EVIDENCE"


def test_two_models_and_the_songs_that_changed(two, tmp_path):
    _, get, _ = asking(two, tmp_path)
    told = get("models").json()
    b = two.latest_model()
    a = next(number for number in two.models() if number != b)
    assert (told["a"], told["b"]) == (a, b)
    changed = []
    found = compare_models(two, a, b, changed=changed.append)
    assert f'data-changed="{found.changed}"' in told["html"]
    assert "&lt;b&gt;newer" in told["html"]
    assert "<b>newer" not in told["html"]
    shas, start = [], 0
    while True:
        page = get("models/songs", a=a, b=b, start=start).json()
        assert "<sic>" not in page["html"]
        shas += re.findall(r'class="link open-song"[^>]*data-sha="(\w+)"', page["html"])
        start = page["next"]
        if not page["more"]:
            break
    assert shas == [pair.a.sha256 for pair in changed]
    assert found.changed > 25  # more than a page
    was, now, count = found.genres[0]
    assert get("models/songs", a=a, b=b, become=f"{was}>{now}").json()["html"].count("<li>") == count
    turned = get("models", a=b, b=a).json()
    assert (turned["a"], turned["b"]) == (b, a)
    assert get("models", a="7", b="1").json()["error"]["code"] == "MODEL_UNKNOWN"


def test_one_model_says_what_it_is_for(tmp_path):
    with synthetic_catalogue(tmp_path / "my.db", 5) as made:
        _, get, _ = asking(made, tmp_path)
        assert "--bundle OTHER_MODEL_FOLDER" in get("models").json()["html"]


def tagged(folder, examples, model_id, catalogue):
    """Real files with made-up answers: the first without a genre, the second as it is, the third gone."""
    bundle = read_bundle()
    info = ModelInfo(bundle.name, bundle.version, bundle.model_sha256, True)
    paths = [folder / name for name in ("<img src=x>.ogg", "=1+1.ogg", "gone.ogg")]
    records, answers = [], {}
    for number, (path, example) in enumerate(zip(paths, examples, strict=False)):
        path.write_bytes(example.read_bytes())
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        records.append(FileRecord(str(path), path.stat().st_size, 1, sha))
        answers[sha] = replace(synthetic_analysis(0, number, sha, bundle, info), tier="sure")
    catalogue.plan(model_id, records)
    answer_all(catalogue, model_id, "me", answers)
    paths[2].unlink()
    return paths


def until_done(get, **params):
    deadline = time.monotonic() + 60
    while (told := get("tags", **params).json())["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return told


def test_a_preview_of_tags_writes_nothing(tmp_path, examples):
    with open_catalogue(tmp_path / "my db.db", create=True) as made:
        paths = tagged(tmp_path, examples, made.model_id(read_bundle()), made)
        room, get, post = asking(made, tmp_path)
        assert get("tags").status_code == 404  # none was begun
        before = {path.name: path.read_bytes() for path in paths[:2]}
        begun = post("tags?when=always&mode=replace").json()["html"]
        assert "tags apply --catalogue &#x27;" in begun
        assert "my db.db&#x27; --when always --replace" in begun
        told = until_done(get)
        assert told["counts"] == {"write": 2, "same": 0, "keep": 0, "failed": 1}
        assert "&lt;img src=x&gt;.ogg" in told["html"]
        assert "<img" not in told["html"]
        assert get("tags", kind="write", start=1, most=1).json()["html"].count("<li") == 1
        assert "AUDIO_NOT_FOUND" in get("tags", kind="failed").json()["html"]
        assert {path.name: path.read_bytes() for path in paths[:2]} == before
        assert post("tags?when=empty&mode=add").json()["error"]["code"] == "TAGS_POLICY"
        assert post("tags?when=never").status_code == 422
        room.leave("me")
        assert room.looks.tags.get("me") is None


def test_tags_by_the_policy_of_the_page(tmp_path, examples):
    with open_catalogue(tmp_path / "my.db", create=True) as made:
        tagged(tmp_path, examples, made.model_id(read_bundle()), made)
        _, get, post = asking(made, tmp_path, policy=Policy(Limits(1.0, 1.0)), policy_name="own policy.yaml")
        assert "--policy &#x27;own policy.yaml&#x27;" in post("tags?mode=add").json()["html"]
        assert until_done(get)["counts"]["write"] == 0


def test_without_mutagen_it_says_once_what_to_install(tmp_path, examples, monkeypatch):
    monkeypatch.setitem(sys.modules, "mutagen", None)
    for name in [name for name in sys.modules if name.startswith("mutagen.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with open_catalogue(tmp_path / "my.db", create=True) as made:
        tagged(tmp_path, examples, made.model_id(read_bundle()), made)
        _, get, post = asking(made, tmp_path)
        post("tags?when=always")
        told = until_done(get)
        assert "genrelens[tags]" in told["status"]
        assert sum(told["counts"].values()) == 0


def test_a_preview_can_be_stopped(two, tmp_path):
    room, get, post = asking(two, tmp_path)
    go_on = threading.Event()
    plan = TagPlan(TagWish(Path("/a.mp3"), ()), TagAction.KEEP_NOTHING, "no_genre", Path("/a.mp3"))

    def plans():
        yield plan
        go_on.wait(60)
        yield plan
        raise AssertionError("called off before this one")

    room.looks.tags.start("me", room.jobs.begin("me", "tags"), 200, plans())
    assert post("tags/stop").json() == {}
    assert get("tags").json()["running"]
    go_on.set()
    assert "Stopped: 1 of 200" in until_done(get)["status"]


def test_strangers_get_nothing(two, tmp_path):
    room, _, _ = asking(two, tmp_path)
    app = FastAPI()
    serve_catalogue(app, room)
    client = TestClient(app)
    for path in ("policy", "policy/work", "policy.yaml", "models", "models/songs?a=1&b=2", "tags"):
        assert client.get(f"/catalogue/guess/{path}").status_code == 404
    for path in ("tags", "tags/stop"):
        assert client.post(f"/catalogue/guess/{path}").status_code == 404
