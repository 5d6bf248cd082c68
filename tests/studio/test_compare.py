"""What the tab answers: the numbers of the command, one listener's own, cancelled when asked, safe whatever comes."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.insight.compare import compare, read_version
from genrelens.studio.compare import KIND, check_style, compare_versions, serve_comparisons
from genrelens.studio.compare_forms import compare_form, style_form
from genrelens.studio.compare_view import render_comparison
from genrelens.studio.room import Room
from genrelens.studio.samples import find_samples
from genrelens.studio.uploads import Uploads
from genrelens.taxonomy import GENRES
from genrelens.words import LANGUAGES
from tests.cli.test_classify import genrelens
from tests.studio.test_listen import ANYTHING
from tests.studio.test_verdict import Reader

A, B = {"example": "four_on_the_floor"}, {"example": "bach_prelude"}


@pytest.fixture(scope="module")
def room(model, tmp_path_factory):
    uploads = Uploads(tmp_path_factory.mktemp("uploads"))
    return Room(lambda: model, listen, read_song, uploads, tuple(find_samples()))


def answers(room, *versions, listener="me"):
    """What each panel shows at the end."""
    return dict(compare_versions({"run": "r1", "versions": list(versions)}, listener, room))


def path_of(room, sample):
    return next(found.path for found in room.samples if found.id == sample["example"])


@pytest.fixture(scope="module")
def two(room):
    return answers(room, A, B)


@pytest.fixture(scope="module")
def client(room):
    app = FastAPI()
    serve_comparisons(app, room)
    return TestClient(app)


def token_of(html):
    return re.search(r"compare/([\w-]+)/", html)[1]


def test_the_numbers_are_those_of_the_command(room, two):
    said = json.loads(genrelens("compare", path_of(room, A), path_of(room, B), "--json").stdout)
    html = two["verdict"]
    found = re.findall(r'class="genre-row" data-genre="([^"]+)">(.*?)</ol></li>', html)
    rows = [(unescape(label), row) for label, row in found]
    assert {label for label, _ in rows} == set(said["labels"])
    for label, row in rows:
        shown = [float(value) for value in re.findall(r'data-probability="([\d.]+)"', row)]
        assert shown == pytest.approx([version["probabilities"][label] for version in said["versions"]], abs=1e-6)
        genre = next(genre for genre in said["differences"][0]["genres"] if genre["label"] == label)
        assert f'data-counts="{str(genre["counts"]).lower()}"' in row
        assert float(re.search(r'data-points="([-\d.]+)"', row)[1]) == pytest.approx(genre["difference"], abs=1e-6)
        assert float(re.search(r'data-floor="([\d.]+)"', row)[1]) == pytest.approx(genre["floor"], abs=1e-6)
    for note in said["differences"][0]["notes"]:
        row = re.search(rf'<tr data-note="{note["code"]}">(.*?)</tr>', html)[1]
        assert [float(value) for value in re.findall(r'data-value="([^"]+)"', row)] == pytest.approx(
            [note["before"], note["after"]]
        )
        assert f'data-counts="{str(note["counts"]).lower()}"' in row
    assert f'data-largest="{said["largest"]}"' in html


def test_a_difference_is_said_and_followed_by_timelines_and_evidence(two):
    assert "the model hears a difference" in two["verdict"]
    assert two["times"].count("<figure") == 2
    assert two["why"].count("<figure") == 2
    assert two["why"].startswith('<div data-over="r1">')


def test_the_same_song_twice_is_no_difference(room):
    shown = answers(room, A, A)
    assert "no difference that the model hears" in shown["verdict"]
    assert 'data-counts="true"' not in shown["verdict"]
    assert "nothing changed" in shown["verdict"]
    assert shown["why"] == '<div data-over="r1"></div>'


def test_what_is_found_can_be_taken_away_by_its_token_alone(room, two, client):
    token = token_of(two["verdict"])
    found = client.get(f"/compare/{token}/comparison.json").json()
    assert found["differences"][0]["version"] == 1
    assert client.get(f"/compare/{token}/comparison.png").content.startswith(b"\x89PNG")
    english, chinese = (client.get(f"/compare/{token}/comparison.svg?lang={lang}").text for lang in LANGUAGES)
    assert english != chinese
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    for wrong in (f"{token}/style.json", f"{token}/comparison.exe", "x/comparison.json", f"{token}/style.svg"):
        assert client.get(f"/compare/{wrong}").status_code == 404


def test_each_listener_has_its_own(room, client):
    shown = answers(room, A, A, listener="someone")
    token = token_of(shown["verdict"])
    assert client.get(f"/compare/{token}/comparison.json").status_code == 200
    room.leave("someone")
    assert client.get(f"/compare/{token}/comparison.json").status_code == 404


def test_a_version_that_cannot_be_read_is_named(room):
    broken = room.uploads.folder / "broken.song"
    broken.write_bytes(b"no sound at all")
    shown = answers(room, A, {"path": str(broken), "name": "<b>.mp3"})
    assert "Version B" in shown["verdict"]
    assert 'data-code="AUDIO_UNREADABLE"' in shown["verdict"]
    assert 'data-over="r1"' in shown["verdict"]
    assert "<b>" not in shown["verdict"]


def test_hostile_names_are_text(room):
    song = room.uploads.folder / "x.song"
    shutil.copy(path_of(room, A), song)
    shown = answers(room, A, {"path": str(song), "name": "<img src=x onerror=alert(1)>.mp3"})
    assert all("<img" not in html for html in shown.values())
    assert "&lt;img" in shown["verdict"]


def test_cancel_ends_it(room):
    stream = compare_versions({"run": "r2", "versions": [A, B]}, "hasty", room)
    next(stream)
    room.jobs.cancel("hasty", KIND)
    assert not any("comparison" in html or "data-over" in html for _, html in stream)


def test_the_style_check_is_that_of_the_command(room):
    asked = ("--from", "Classical", "--to", "Hip-Hop", "--original", path_of(room, A))
    said = json.loads(genrelens("style", path_of(room, B), *asked, "--json").stdout)
    data = {"run": "r3", "versions": [B, A], "old": "Classical", "new": "Hip-Hop"}
    *_, html = check_style(data, "me", room)
    assert f'data-verdict="{said["verdict"]}"' in html
    bars = re.findall(r'class="style-bar" data-genre="([^"]+)" data-probability="([\d.]+)"', html)
    assert [float(value) for _, value in bars] == pytest.approx(
        [said["old_probability"], said["new_probability"]], abs=1e-6
    )
    assert html.count('class="old-section"') == len(said["sections"]) > 0
    assert ("the original" in html.lower()) == (said["original"] is not None)


def test_a_style_check_needs_two_styles(room):
    *_, html = check_style({"run": "r", "versions": [A], "old": "Jazz", "new": "Jazz"}, "me", room)
    assert 'data-code="GENRE_UNKNOWN"' in html


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("run", "versions", "old", "new"), ANYTHING)))
def test_whatever_a_browser_sends_is_answered(room, data):
    for shown in (dict(compare_versions(data, "anyone", room)), {"verdict": [*check_style(data, "anyone", room)][-1]}):
        assert 'class="failure"' in shown["verdict"]


def test_the_forms_and_answers_are_whole_translated_and_no_template(room, model, two):
    for html in (compare_form(room.samples), style_form(room.samples)):
        reader = Reader(html)
        assert reader.open == []
        # What is in no language is the error's code and its own words.
        assert {text for text in reader.plain if re.search(r"[^\W\d_]", text)} == {"AUDIO_TOO_LARGE", "over 200 MB"}
        assert not any(mark in html for mark in ("${", "{{", "`", "\\"))
    versions = [read_version(model, path_of(room, A)) for _ in range(3)]
    reader = Reader(render_comparison(compare(model, versions), "token"))
    assert reader.open == []
    assert style_form(()).count("<option") == 2 * (len(GENRES) + 1) + 2
