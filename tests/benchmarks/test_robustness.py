"""The wrapping of a song does not change its genre: a smaller run of `benchmarks/robustness.py` (30 clips there)."""

from __future__ import annotations

from benchmarks.robustness import GAINS_DB, WRAPPINGS, measure, some_clips

CLIPS = 8


def test_the_same_song_in_other_wrappings_and_at_other_levels(model, corpus):
    table = measure(model, some_clips(corpus, CLIPS))
    for name in WRAPPINGS:
        assert table[name]["moved_worst"] <= 0.05, (name, table[name])
        assert table[name]["same_first"] == 1.0, (name, table[name])
    for gain in GAINS_DB:
        assert table[f"{gain:+d} dB"]["moved_worst"] <= 0.02, (gain, table[f"{gain:+d} dB"])
