"""Colours: sixteen that nobody confuses, and text that everybody can read."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from genrelens.studio import theme
from genrelens.taxonomy import GENRES

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanope": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanope": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
LMS = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
       [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
LAB = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
       [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_every_genre_has_its_colour():
    assert set(theme.GENRE_COLOURS) == {genre.id for genre in GENRES}
    assert theme.genre_colour("Polka") not in theme.GENRE_COLOURS.values()


@pytest.mark.parametrize("eye", EYES)
def test_no_two_genres_look_alike(eye):
    seen = {
        genre: np.cbrt(np.clip(linear(colour) @ np.transpose(EYES[eye]), 0, 1) @ np.transpose(LMS)) @ np.transpose(LAB)
        for genre, colour in theme.GENRE_COLOURS.items()
    }
    nearest = min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2))
    assert nearest >= 0.08 if eye == "tritanope" else nearest >= 0.1


STYLE = (Path(theme.__file__).parent / "style.css").read_text()


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
    assert not re.findall(r"font-size: (?!var|inherit|0;)", STYLE)
    assert "http" not in STYLE
    assert "@import" not in STYLE
