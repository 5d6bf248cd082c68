"""One event in, one piece of HTML out, whatever the browser sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.errors import HINTS
from genrelens.studio.listen import answer, example_cards, hero
from genrelens.studio.room import Room
from genrelens.studio.samples import find_samples
from genrelens.studio.uploads import Uploads
from tests.studio.test_verdict import Reader


@pytest.fixture(scope="module")
def uploads(tmp_path_factory):
    return Uploads(tmp_path_factory.mktemp("uploads"))


@pytest.fixture(scope="module")
def ask(model, uploads):
    room = Room(lambda: model, listen, read_song, uploads, tuple(find_samples()))
    return lambda data: "".join(answer(data, "me", room))


def test_an_upload_is_answered_under_its_own_name(ask, uploads, examples):
    path = Path(shutil.copy(examples[0], uploads.folder / "123.song"))
    html = ask({"run": "7", "path": str(path), "name": "../My <song>\u202e.ogg"})
    assert html.startswith('<div class="run" data-run="7" data-token="')
    assert "My <song>" not in html
    assert html.count('role="meter"') == 5


def test_every_example_is_answered(ask):
    for sample in find_samples():
        assert '<article class="answer' in ask({"run": "1", "example": sample.id})


def test_a_text_is_no_song(ask, uploads):
    path = uploads.folder / "text.song"
    path.write_text("#EXTM3U\n/etc/passwd\n")
    html = ask({"run": "1", "path": str(path), "name": "song.mp3"})
    assert 'data-code="AUDIO_UNREADABLE"' in html
    assert "root:" not in html


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "NO_INPUT"),
        ("x", "NO_INPUT"),
        ({}, "NO_INPUT"),
        ({"run": "1", "path": ""}, "NO_INPUT"),
        ({"run": "1", "path": "/etc/passwd", "name": "x.mp3"}, "AUDIO_NOT_FOUND"),
        ({"run": "1", "path": ["a"], "name": {}}, "NO_INPUT"),
        ({"run": "1", "example": "../../etc/passwd"}, "AUDIO_NOT_FOUND"),
    ],
)
def test_nonsense_is_an_error_with_a_code(ask, data, code):
    assert f'data-code="{code}"' in ask(data)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.fixed_dictionaries({}, optional={"run": ANYTHING, "path": ANYTHING, "name": ANYTHING, "example": ANYTHING}))
def test_whatever_a_browser_sends_is_answered(ask, data):
    reader = Reader(ask(data))
    assert reader.open == []
    codes = [attributes["data-code"] for _, attributes in reader.tags if "data-code" in attributes]
    assert set(codes) <= set(HINTS) - {"INTERNAL"}


def test_the_static_parts_are_whole_and_hold_no_template_marks():
    for html in (hero(), example_cards(find_samples())):
        assert Reader(html).open == []
        # Gradio reads these as templates.
        assert not any(mark in html for mark in ("${", "{{", "`", "\\"))
