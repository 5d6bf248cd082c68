"""The examples to click."""

from __future__ import annotations

from genrelens.pictures.colours import GENRE_COLOURS
from genrelens.studio.samples import find_samples
from genrelens.words import LANGUAGES


def test_our_own_pieces_are_found_with_titles_and_genres():
    samples = find_samples()
    assert len(samples) >= 6
    assert len({sample.id for sample in samples}) == len(samples)
    for sample in samples:
        assert sample.path.is_file()
        assert sample.genre in GENRE_COLOURS
        assert all(sample.title[language] for language in LANGUAGES)


def test_no_folder_no_examples(tmp_path):
    assert find_samples(tmp_path) == []
