"""An answer as text for a terminal: what the made-up answers of the page's tests look like there."""

from __future__ import annotations

from pathlib import Path

import pytest

from genrelens.cli.report import Report
from tests.studio.made import TAGS, analysis


@pytest.mark.parametrize(
    ("language", "line"), [("en", "  Heard: saxophone, piano\n"), ("zh", "  听到：萨克斯、钢琴\n")]
)
def test_what_was_heard_is_one_line(capsys, language, line):
    Report(language).write(Path("song.mp3"), analysis(tags=TAGS))
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(("tier", "tags"), [("sure", ()), ("not_music", TAGS)])
def test_no_line_where_there_is_no_word_or_no_music(capsys, tier, tags):
    Report("en").write(Path("song.mp3"), analysis(tier, tags=tags))
    assert "Heard:" not in capsys.readouterr().out
