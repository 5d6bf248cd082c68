"""Whatever a browser sends is read without harm."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.errors import GenreLensError
from genrelens.studio.given import Given, number_of, text_of

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
)


@given(ANYTHING, ANYTHING)
def test_values_are_of_their_kind_and_bounded(data, value):
    for sent in (data, {"k": value}):
        assert len(text_of(sent, "k", 10)) <= 10
        number = number_of(sent, "k")
        assert number is None or math.isfinite(number)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("path", "name", "example", "token", "start"), ANYTHING)))
def test_a_song_is_named_or_refused(data):
    try:
        read = Given.from_event(data)
    except GenreLensError:
        read = None
    named = any(text_of(data, key) for key in ("path", "example", "token"))
    assert (read is not None) == named


@pytest.mark.parametrize(("sent", "number"), [("1.5", 1.5), (3, 3.0), ("nan", None), ("1e999", None), (True, None)])
def test_numbers(sent, number):
    assert number_of({"start": sent}, "start") == number
