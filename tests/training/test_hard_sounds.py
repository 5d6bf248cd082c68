"""The exam for refusing: its sounds are many, different, and always the same; a few of them through the product."""

from __future__ import annotations

from itertools import islice

import numpy as np

from training.hard_sounds import exam_sounds, examine, markdown, speech_under_noise
from training.synthesis import EXAM_LENGTH_S, RATE


def test_the_sounds_are_many_and_no_two_are_alike():
    sounds = dict(exam_sounds())
    assert len(sounds) >= 64
    shapes = []
    for name, samples in sounds.items():
        assert len(samples) >= 10 * RATE, name
        assert len(samples) <= EXAM_LENGTH_S * RATE + 1, name
        assert np.isfinite(samples).all(), name
        assert 0.01 < np.abs(samples).max() <= 1.0, name
        power = np.log(np.add.reduceat(np.abs(np.fft.rfft(samples[: 10 * RATE])) ** 2, np.arange(0, 160_000, 1600)) + 1)
        shapes.append(power / np.linalg.norm(power))
    likeness = np.array(shapes) @ np.array(shapes).T - np.eye(len(shapes))
    assert likeness.max() < 0.9999


def test_they_are_the_same_every_time():
    first, second = (dict(islice(exam_sounds(), 3)) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_most_of_some_are_refused(model, corpus):
    some = [item for number, item in enumerate(exam_sounds()) if number % 6 == 0]
    rows = examine(model, iter(some))
    assert np.mean([row["refused"] for row in rows]) >= 0.85
    spoken = examine(model, islice(speech_under_noise(corpus), 4))
    assert len(spoken) == 4
    assert np.mean([row["refused"] for row in spoken]) >= 0.75


def test_what_was_missed_is_named():
    rows = [
        {"sound": "bell", "refused": False, "not_music": 0.2, "first": "Classical"},
        {"sound": "rain", "refused": True, "not_music": 1.0, "first": "Electronic"},
    ]
    text = markdown({"refused": 0.5, "speech_refused": None, "sounds": rows, "speech": []})
    assert "50.0% of 2" in text
    assert "bell (Classical" in text
    assert "rain" not in text
