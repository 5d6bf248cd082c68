"""Text that everybody can read, in four sizes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from genrelens.studio import theme


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


STYLE = "\n".join(path.read_text() for path in sorted((Path(theme.__file__).parent / "style").glob("*.css")))


@pytest.mark.parametrize("block", [":root", ".dark"])
def test_text_has_the_contrast_of_wcag_aa(block):
    tokens = dict(re.findall(r"--(\w[\w-]*): (#[0-9a-f]{6});", STYLE.split(f"{block} {{", 1)[1].split("}", 1)[0]))
    for text in ("ink", "dim", "accent"):
        for ground in ("paper", "card"):
            assert contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
    assert contrast(tokens["on-accent"], tokens["accent"]) >= 4.5


def test_four_sizes_of_type_and_no_foreign_address():
    sizes = set(re.findall(r"font(?:-size)?: [^;]*?var\(--(small|text|large|huge)\)", STYLE))
    assert sizes <= {"small", "text", "large", "huge"}
    assert not re.findall(r"font-size: (?!var|inherit|0;|1\d\d?\.\d%)", STYLE)
    assert "http" not in STYLE
    assert "@import" not in STYLE
