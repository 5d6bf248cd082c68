"""Words are offered above their threshold and never without one."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.errors import BundleError
from genrelens.listening.bundle import read_bundle
from genrelens.listening.ear import Ear
from genrelens.listening.tags import TagWord, offered
from tests.listening.conftest import write_bundle

PIANO = {"id": "piano", "en": "piano", "zh": "钢琴", "threshold": 1.0, "precision": 0.9}
HARP = {"id": "harp", "en": "harp", "zh": "竖琴", "threshold": None}


def words(*entries):
    return [TagWord.from_dict(entry) for entry in entries]


def test_the_mean_over_the_windows_decides():
    logits = np.array([[0.0, 9.0], [2.0, 9.0]], np.float32)
    assert [tag.id for tag in offered(logits, words(PIANO, HARP))] == ["piano"]
    assert offered(logits - 0.1, words(PIANO, HARP)) == ()
    assert offered(None, ()) == ()


def test_the_surest_first():
    voice = {**PIANO, "id": "voice", "threshold": -3.0}
    assert [tag.id for tag in offered(np.array([[1.5, 0.0]], np.float32), words(PIANO, voice))] == ["voice", "piano"]


def test_a_word_without_a_name_is_refused():
    with pytest.raises(BundleError):
        TagWord.from_dict({"id": "piano", "en": "piano"})


def test_a_bundle_that_promises_words_that_its_network_lacks(tmp_path):
    bundle = read_bundle(write_bundle(tmp_path / "tiny", tags=[PIANO]))
    assert bundle.tags[0].names["zh"] == "钢琴"
    with pytest.raises(BundleError, match="tags"):
        Ear(bundle)
