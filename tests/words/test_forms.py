"""Names and numbers fit for one line, whatever comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genrelens.words.forms import clock, percent, short_name


@given(st.text())
def test_any_name_gives_one_safe_line(name):
    shown = short_name(name)
    assert len(shown) <= 80
    assert shown.isprintable()
    assert "\u202e" not in shown


def test_numbers_for_people():
    assert [percent(p).replace("\u00a0", " ") for p in (0.0, 0.004, 0.006, 0.5, 0.994, 0.999)] == [
        "< 1 %", "< 1 %", "1 %", "50 %", "99 %", "> 99 %",
    ]  # fmt: skip
    assert [clock(s) for s in (0, 7.4, 225, 3723)] == ["0:00", "0:07", "3:45", "1:02:03"]
