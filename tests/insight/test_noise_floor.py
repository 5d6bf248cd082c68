"""The noise floor: nothing for a song that never changes, much for one that does, always at least five points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.noise_floor import LEAST, K, Steadiness, hear_shifted, noise_floor, steadiness
from genrelens.listening.along import Along
from genrelens.listening.certainty import Calibration, song_probabilities
from genrelens.listening.hearing import Hearing

CALIBRATION = Calibration({1: 1.0, 2: 0.8}, 0.9, 0.5, 1.0, {})


def heard(logits, hop_s: float = 2.5) -> Along:
    logits = np.asarray(logits, np.float32)
    starts = tuple(index * hop_s for index in range(len(logits)))
    return Along(starts, 10.0, Hearing(logits, None, None, None))


def test_a_song_that_never_changes_has_no_spread_of_its_own():
    found = steadiness(heard([[2.0, 0.0, 1.0]] * 20), CALIBRATION)
    assert found.sets == 4
    assert found.spread == pytest.approx(0, abs=1e-6)
    assert noise_floor(found, found) == pytest.approx(LEAST)


def test_what_changes_with_the_shift_is_noise():
    """Every fourth window belongs to one set: a pattern of that period moves between the sets and nowhere else."""
    shifting = steadiness(heard([[2.0 * (index % 4 == 0), 0.0] for index in range(20)]), CALIBRATION)
    halves = steadiness(heard([[2.0 * (index < 10), 0.0] for index in range(20)]), CALIBRATION)
    assert shifting.spread[0] > 0.15
    assert halves.spread[0] < 0.05
    assert noise_floor(shifting, shifting)[0] == pytest.approx(K * shifting.spread[0])


def test_the_whole_is_all_windows_together():
    logits = np.random.default_rng(1).normal(size=(17, 3)).astype(np.float32)
    assert steadiness(heard(logits), CALIBRATION).probabilities == pytest.approx(
        song_probabilities(logits, CALIBRATION)
    )


def test_windows_closer_together_make_more_sets_and_too_few_make_fewer():
    assert steadiness(heard(np.zeros((40, 3)), hop_s=1.0), CALIBRATION).sets == 10
    assert steadiness(heard(np.zeros((3, 3))), CALIBRATION).sets == 3


def test_one_window_gets_an_assumed_spread_that_is_largest_for_the_undecided():
    found = steadiness(heard([[0.0, 0.0, -4.0]]), CALIBRATION)
    assert found.sets == 1
    assert found.spread[0] > 0.1 > found.spread[2] > 0


def test_the_floor_is_that_of_both():
    calm = Steadiness(np.array([0.5, 0.5]), np.array([0.0, 0.0]), 4)
    wild = Steadiness(np.array([0.5, 0.5]), np.array([0.1, 0.001]), 4)
    floor = noise_floor(calm, wild)
    assert floor[0] == pytest.approx(K * 0.1 / np.sqrt(2))
    assert floor[1] == LEAST
    assert noise_floor(wild, calm) == pytest.approx(floor)


def test_a_song_is_heard_to_its_end_with_windows_that_overlap(model, examples):
    song = read_song(examples[0])
    along = hear_shifted(model, song)
    assert along.starts_s[1] - along.starts_s[0] == pytest.approx(model.bundle.window_s / 4, abs=0.05)
    assert along.starts_s[-1] + along.window_s == pytest.approx(song.end_s, abs=model.bundle.window_s / 16 + 0.05)


def test_silence_at_the_start_is_not_listened_to(model, examples):
    song = read_song(examples[0])
    silence = np.zeros((len(song.samples), 15 * song.sample_rate), np.float32)
    late = replace(song, samples=np.concatenate([silence, song.samples], axis=1))
    along = hear_shifted(model, late)
    assert along.starts_s[0] > 5
    assert len(along.starts_s) > len(hear_shifted(model, song).starts_s)
