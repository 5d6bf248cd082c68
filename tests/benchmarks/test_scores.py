"""The test pieces are what their truth says, and the judge of what is said about them is neither kind nor unfair."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.notes import BARS, Heard, report
from benchmarks.rhythm_fit import right_metre, right_tempo
from benchmarks.score_music import STYLES, compose
from benchmarks.score_plan import Plan, groupings
from benchmarks.scores import CATEGORIES, Truth, truths
from examples.scores.writing import TICKS_PER_QUARTER


def plan(beats: int = 5, style: str = "rock", **changes: object) -> Plan:
    made = Plan(beats, False, groupings(beats, False)[0], 120.0, 8, 2, "minor", 0.5, True, style, "test")
    return replace(made, **changes)


def starts(made: Plan, part: str) -> np.ndarray:
    """Where notes begin, in beats."""
    notes = next(player for player in compose(made).parts if player.name == part).notes
    return np.array([note.first for note in notes]) / TICKS_PER_QUARTER


def test_metres_keys_and_hardships_come_in_turn():
    made = truths(264, 5)
    assert {truth.beats for truth in made} == {2, 3, 4, 5, 6, 7}
    assert len({(truth.tonic, truth.mode) for truth in made[:24]}) == 24
    for category in CATEGORIES:
        rows = [truth for truth in made if truth.category == category]
        assert {truth.beats for truth in rows} == {2, 3, 4, 5, 6, 7}
        assert all(truth.drift == (0.03 if category == "drift" else 0) for truth in rows)
        assert all((truth.swing > 0.5) == (category == "swing") for truth in rows)
        assert not (category == "no drums" and any(truth.drums for truth in rows))
    assert all(60 <= truth.tempo_bpm <= 180 for truth in made if truth.category != "drift")


def test_the_same_seed_gives_the_same_truth_and_another_does_not():
    assert truths(5, 7) == truths(5, 7)
    assert truths(5, 7)[0].beats_s != truths(5, 8)[0].beats_s


def test_beats_and_bars_agree_with_the_tempo():
    for truth in truths(60, 3):
        lengths = np.diff(truth.beats_s)
        assert 60 / np.median(lengths) == pytest.approx(truth.tempo_bpm, rel=1e-3)
        assert np.ptp(60 / lengths) / truth.tempo_bpm <= 0.0625
        assert set(truth.downbeats_s) <= {round(at, 4) for at in truth.beats_s}
        pulses = 2 if truth.compound else truth.beats
        assert truth.beats_s[::pulses] == truth.downbeats_s


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("beats", [2, 3, 4, 5, 6, 7])
def test_every_style_plays_every_metre(style: str, beats: int):
    midi = compose(plan(beats, style)).midi()
    assert beats * 8 * 0.5 <= midi.length <= beats * 9 * 0.5 + 3
    first, second = io.BytesIO(), io.BytesIO()
    midi.save(file=first)
    compose(plan(beats, style)).midi().save(file=second)
    assert first.getvalue() == second.getvalue()


def test_the_bass_moves_on_bar_lines():
    for style in ("ballad", "dance", "rock"):
        at = starts(plan(5, style), "bass")
        on_bars = [np.abs(at - bar * 5).min() < 0.06 for bar in range(8)]
        assert all(on_bars)


def test_no_drums_means_none():
    assert "drums" not in {part.name for part in compose(plan(drums=False)).parts}


TRUTH = Truth("t", "plain", "rock", 3, False, (3,), 100.0, (0.0, 0.6), (0.0,), 0, "major", True, 0.0, 0.5, "font")


def test_tempo_and_metre_are_judged_strictly():
    assert right_tempo(103.9, TRUTH)
    assert not any(right_tempo(bpm, TRUTH) for bpm in (104.5, 200, 50, 300))
    assert right_metre(3, TRUTH)
    assert not any(right_metre(metre, TRUTH) for metre in (2, 4, 6))
    jig = replace(TRUTH, beats=6, compound=True)
    assert [metre for metre in range(2, 8) if right_metre(metre, jig)] == [2, 6]
    assert right_tempo(300, jig)
    assert not right_tempo(200, jig)


def test_what_is_not_said_is_neither_right_nor_wrong():
    silent = Heard(TRUTH, None, None, None, None, None, None, 0.1, {})
    right = replace(silent, tempo=True, tempo_strict=False, metre=True)
    row = report([silent, right])["all"]
    assert (row["tempo_said"], row["tempo_right"], row["tempo_strict_right"]) == (0.5, 1.0, 0.0)
    assert (row["metre_said"], row["key_right"]) == (0.5, None)
    assert BARS["right"] == 0.9
