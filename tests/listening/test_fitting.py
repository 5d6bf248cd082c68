"""What is fitted keeps its promise on songs that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.listening.certainty import softmax
from genrelens.listening.fitting import best_temperature


def test_a_temperature_undoes_overconfidence():
    random = np.random.default_rng(0)
    logits = 2 * random.standard_normal((4000, 6))
    truth = np.array([random.choice(6, p=p) for p in softmax(logits)])
    assert best_temperature(3 * logits, truth) == pytest.approx(3.0, rel=0.1)
