"""Errors as cards: ours translated, bugs as an id alone."""

from __future__ import annotations

import logging
from html import escape

import pytest

from genrelens.errors import HINTS, AudioError, GenreLensError, as_expected
from genrelens.studio.failures import render_error
from genrelens.words import LANGUAGES, say
from tests.studio.test_verdict import HOSTILE, Reader


@pytest.mark.parametrize("code", HINTS)
def test_every_code_has_a_card_in_both_languages(code):
    html = render_error(GenreLensError(code, "its own words"))
    reader = Reader(html)
    assert reader.open == []
    assert code in reader.plain
    for language in LANGUAGES:
        for part in ("what", "todo"):
            assert escape(say(f"errors.{code}.{part}", language)) in html


def test_what_a_file_says_is_text():
    reader = Reader(render_error(AudioError("AUDIO_UNREADABLE", HOSTILE)))
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}


def test_a_bug_is_logged_and_shown_as_its_id_alone(caplog):
    with caplog.at_level(logging.ERROR):
        try:
            raise RuntimeError("secret /home/me/x.py")
        except RuntimeError as error:
            shown = as_expected(error)
    number = shown.details["id"]
    html = render_error(shown)
    assert number in html
    assert "secret" not in html
    assert "Traceback" not in html
    assert number in caplog.text
    assert "secret /home/me/x.py" in caplog.text


def test_an_expected_error_stays_itself():
    error = AudioError("AUDIO_EMPTY", "nothing")
    assert as_expected(error) is error
