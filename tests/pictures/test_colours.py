"""Sixteen colours that nobody confuses."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from genrelens.pictures import colours
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


def test_every_genre_has_its_colour():
    assert set(colours.GENRE_COLOURS) == {genre.id for genre in GENRES}
    assert colours.genre_colour("Polka") not in colours.GENRE_COLOURS.values()


@pytest.mark.parametrize("eye", EYES)
def test_no_two_genres_look_alike(eye):
    seen = {
        genre: np.cbrt(np.clip(linear(colour) @ np.transpose(EYES[eye]), 0, 1) @ np.transpose(LMS)) @ np.transpose(LAB)
        for genre, colour in colours.GENRE_COLOURS.items()
    }
    nearest = min(np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2))
    assert nearest >= 0.08 if eye == "tritanope" else nearest >= 0.1
