"""The picture of the evidence: for and against, strength, and where things lie."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from genrelens import load_model
from genrelens.audio.song import read_song
from genrelens.insight.evidence import evidence
from genrelens.pictures.evidence import evidence_svg
from genrelens.pictures.png import to_png

PIECE = Path(__file__).parents[2] / "examples" / "one_drop_reggae.ogg"


@pytest.fixture(scope="module")
def found():
    return evidence(load_model(), read_song(PIECE), start_s=8.0, label="Reggae")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("options", [{}, {"theme": "dark"}, {"bare": True, "width": 400}])
def test_it_is_valid_and_draws_for_and_against(found, language, options):
    picture = evidence_svg(found, language, **options)
    root = ElementTree.fromstring(picture)
    patches = next(e for e in root.iter() if e.get("class") == "patches")
    hatched = [e for e in patches.iter() if e.get("fill") == "url(#hatch)"]
    shares = [float(e.text.split("\u00a0")[0]) for e in patches.iter() if e.tag.endswith("title")]
    assert len(hatched) == sum(share < 0 for share in shares) > 0
    assert any(share > 0 for share in shares)
    assert to_png(picture, 1).startswith(b"\x89PNG")


def test_no_strength_leaves_the_sound_alone(found):
    root = ElementTree.fromstring(evidence_svg(found, "en", strength=0.0))
    patches = next(e for e in root.iter() if e.get("class") == "patches")
    assert not [e for e in patches.iter() if e.tag.endswith("rect")]
    with pytest.raises(ValueError):
        evidence_svg(found, "en", strength=3.0)


def test_sentences_stand_in_it(found):
    assert "on the beat &amp; loud" in evidence_svg(found, "en", sentences=["on the beat & loud"])
