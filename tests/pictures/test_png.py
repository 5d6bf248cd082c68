"""Which letters the fonts of a machine have, found by drawing them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from genrelens.pictures.png import draws_chinese


def fonts(pattern: str) -> list[Path]:
    if shutil.which("fc-list") is None:
        pytest.skip("fontconfig's fc-list is not here")
    listed = subprocess.run(["fc-list", "--format=%{file}\\n", pattern], capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines()]


def test_no_font_at_all_draws_no_chinese():
    assert not draws_chinese([])


def test_a_font_without_chinese_letters_draws_boxes():
    latin = fonts(":family=DejaVu Sans:style=Book") or fonts(":family=Liberation Sans:style=Regular")
    if not latin:
        pytest.skip("neither DejaVu nor Liberation is here")
    assert not draws_chinese(latin)


def test_what_fontconfig_says_of_this_machine_is_what_is_drawn():
    chinese = fonts(":lang=zh-cn")
    assert draws_chinese() == bool(chinese)
    if chinese:
        assert draws_chinese(chinese[:1])
