"""Patch scores lie where the sound is: two pieces one after the other in one window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genrelens.audio.windows import listen


def test_each_half_of_a_window_speaks_for_what_is_played_there(model, examples):
    bundle = model.bundle
    named = {path.stem: path for path in examples}
    heard = [
        listen(named[name], sample_rate=bundle.sample_rate, window_s=bundle.window_s, count=1, start_s=5.0, end_s=15.0)
        for name in ("metal_riff", "bach_prelude")
    ]
    half = heard[0].windows.shape[1] // 2
    halves = [excerpt.windows[0, :half] / excerpt.windows.std() for excerpt in heard]
    both = replace(heard[0], windows=0.05 * np.concatenate(halves)[None].astype(np.float32))
    scores = model.hear(both).patch_scores[0]
    # What speaks for a genre, and not for all of them.
    scores = scores - scores.mean(axis=0)
    first = np.array([patch.t1_s <= bundle.window_s / 2 for patch in bundle.patches])
    second = np.array([patch.t0_s >= bundle.window_s / 2 for patch in bundle.patches])
    metal, classical = (scores[bundle.labels.index(label)] for label in ("Metal", "Classical"))
    assert metal[first].mean() > metal[second].mean() + 0.1
    assert classical[second].mean() > classical[first].mean() + 0.1
