"""The picture of a comparison: what counts is marked, what is noise is pale."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from genrelens.audio.windows import SourceInfo
from genrelens.listening.analysis import ModelInfo

compare = pytest.importorskip("genrelens.insight.compare", reason="comes with the compare helper's branch")
from genrelens.pictures.comparison import comparison_svg  # noqa: E402
from genrelens.pictures.png import to_png  # noqa: E402

LABELS = ("Jazz", "Rap", "Rock")


def a_comparison(*, counts: bool):
    shares = ({"Jazz": 0.8, "Rap": 0.15, "Rock": 0.05}, {"Jazz": 0.3, "Rap": 0.65, "Rock": 0.05})
    source = SourceInfo("a<b>.wav", "0" * 64, 30.0, "pcm_s16le", 44100, 2)
    heard = tuple(compare.Heard(source, 0.0, 30.0, "likely", share, dict.fromkeys(LABELS, 0.02)) for share in shares)
    genres = tuple(
        compare.GenreChange(label, shares[0][label], shares[1][label], 0.0, 0.1, counts and label != "Rock")
        for label in LABELS
    )
    return compare.Comparison(heard, (compare.Difference(1, genres, ()),), LABELS, ModelInfo("m", "1", "f" * 64))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("counts", [True, False])
def test_what_counts_is_marked(counts, language):
    picture = comparison_svg(a_comparison(counts=counts), language)
    words = "".join(ElementTree.fromstring(picture).itertext())
    assert ("\u25bc \u221250" in words) == ("\u25b2 +50" in words) == counts
    assert "a<b>.wav" in words
    assert to_png(picture, 1).startswith(b"\x89PNG")
