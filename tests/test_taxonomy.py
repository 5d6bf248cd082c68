"""The sixteen genres."""

from genrelens.taxonomy import GENRES, display_name


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
