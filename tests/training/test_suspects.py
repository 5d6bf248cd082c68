"""Which labels are suspicious."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.corpus import LABELS, Clip
from training.suspects import judged


def test_only_a_sure_and_unacceptable_disagreement_is_suspicious():
    clips = [Clip(str(n), "train", label, second, "high", "g", 20.0) for n, (label, second) in enumerate(
        [("Jazz", ""), ("Jazz", "Metal"), ("Jazz", ""), ("Rap", ""), ("Jazz", "")]
    )]  # fmt: skip
    thought = np.full((5, len(LABELS)), 0.001, np.float32)
    for row, (label, p) in enumerate(
        [("Metal", 0.9), ("Metal", 0.9), ("Metal", 0.5), ("Hip-Hop", 0.9), ("Folk", 0.95)]
    ):
        thought[row, LABELS.index(label)] = p
    assert [(clip.id, other) for clip, other, _ in judged(clips, thought)] == [("4", "Folk"), ("0", "Metal")]
