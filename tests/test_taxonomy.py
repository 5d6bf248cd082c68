"""The sixteen genres."""

import pytest

from genrelens.taxonomy import GENRES, display_name, genres_named


def test_sixteen_genres_in_alphabetical_order():
    ids = [genre.id for genre in GENRES]
    assert len(ids) == 16
    assert ids == sorted(ids)


def test_no_name_or_alias_means_two_genres():
    names = [name.casefold() for genre in GENRES for name in (genre.id, genre.zh, *genre.aliases)]
    assert len(names) == len(set(names))


def test_display_names():
    assert display_name("R&B", "zh") == "节奏布鲁斯"
    assert display_name("R&B") == "R&B"
    assert display_name("House style 7", "zh") == "House style 7"


@pytest.mark.parametrize(
    ("text", "genres"),
    [
        ("", ()),
        ("Techno", ()),
        ("jazz", ("Jazz",)),
        ("Hip-Hop/Rap", ("Hip-Hop", "Rap")),
        ("Hip Hop; Jazz", ("Hip-Hop", "Jazz")),
        ("R&B/Soul", ("R&B",)),
        ("Rhythm & Blues", ("R&B",)),
        ("Rhythm and Blues, Blues", ("Blues", "R&B")),
        ("Alternative Rock", ("Rock",)),
        ("Rock Rock", ("Rock",)),
        ("Trip-Hop", ()),
        ("Metalcore", ()),
        ("Popular", ()),
        ("World Music", ("World",)),
        ("民谣摇滚", ("Folk", "Rock")),
        ("节奏布鲁斯", ("R&B",)),
        ("电子音乐 / Pop", ("Electronic", "Pop")),
    ],
)
def test_the_genres_that_a_tag_names(text, genres):
    assert genres_named(text) == genres


def test_every_name_and_alias_names_its_genre():
    for genre in GENRES:
        for name in (genre.id, genre.zh, *genre.aliases):
            assert genres_named(name.upper()) == (genre.id,)
