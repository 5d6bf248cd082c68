"""Songs of sources that were not learnt from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.corpus import LABELS, Clip, Corpus
from training.settings import Settings
from training.train import train_clips
from training.unseen import weighed


def test_a_source_that_is_left_out_is_gone_and_its_artists_with_it(corpus):
    settings = replace(Settings(), corpus=corpus.folder)
    every = Corpus(corpus.folder, settings.seed).part("train")
    source = Counter(clip.source for clip in every if clip.is_music).most_common(1)[0][0]
    gone = {clip.group for clip in every if clip.source == source}
    left = train_clips(replace(settings, without=(source,)))
    assert 0 < len(left) < len(every)
    assert all(clip.source != source and clip.group not in gone for clip in left)


def test_genres_weigh_as_wanted_however_many_songs_there_are():
    songs = [Clip(f"r{n}", "train", "Rock", "", "high", "g", 20.0) for n in range(9)]
    songs.append(Clip("b", "train", "Blues", "", "high", "g", 20.0))
    logits = np.zeros((10, len(LABELS)))
    logits[:, LABELS.index("Rock")] = 3.0  # everything is taken for Rock
    assert weighed(logits, songs, Counter({"Rock": 1, "Blues": 1}))["accepted"] == pytest.approx(0.5)
    assert weighed(logits, songs, Counter({"Rock": 1, "Blues": 3}))["top1"] == pytest.approx(0.25)
