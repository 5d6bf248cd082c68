"""What names of genres mean, as tags and tables write them."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen._constants import GENRES as ID3_NAMES

from genrelens.errors import PolicyError
from genrelens.taxonomy import GENRES
from genrelens.workflows.arbitration import names
from genrelens.workflows.arbitration.names import NAME_CHARS, load_names, meanings, read_names

IDS = [genre.id for genre in GENRES]


def meaning(text, labels=None):
    return meanings([text], labels)[text]


@pytest.fixture(scope="module")
def tree():
    from pathlib import Path

    return yaml.safe_load((Path(names.__file__).parent / "names.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("Hip Hop/Rap", ("Hip-Hop", "Rap")),
        ("Rock; Pop", ("Pop", "Rock")),
        ("电子", ("Electronic",)),
        ("華語流行 / 流行", ("Pop",)),
        ("华语流行", ("Pop",)),
        ("Techno", ("Electronic",)),
        ("Uplifting Trance", ("Electronic",)),
        ("ＨＯＵＳＥ", ("Electronic",)),
        ("Bebop", ("Jazz",)),
        ("Ska", ("Reggae",)),
        ("dub techno", ("Electronic",)),
        ("K-Pop", ("Pop",)),
        ("Bossa Nova", ("Latin",)),
        ("Opera", ("Classical",)),
        ("Rock Opera", ("Rock",)),
        ("Bluegrass", ("Folk",)),
        ("Post-Punk", ("Rock",)),
        ("Indie", ("Rock",)),
        ("Indie Folk", ("Folk",)),
        ("Jazz Rap", ("Hip-Hop",)),
        ("Rhythm & Blues", ("R&B",)),
        ("节奏蓝调", ("R&B",)),
        ("R&B/Soul", ("R&B",)),
        ("Funk / Soul", ("R&B",)),
        ("Folk, World, & Country", ("Country", "Folk", "World")),
        ("Singer/Songwriter", ("Folk",)),
        ("Rock & Roll", ("Rock",)),
        ("Melodic Death Metal", ("Metal",)),
        ("Country Pop", ("Country", "Pop")),
        ("(17)", ("Rock",)),
        ("17", ("Rock",)),
        ("(4)Eurodisco", ("Disco",)),
        ("(7)(15)", ("Hip-Hop", "Rap")),
        ("京剧", ("World",)),
        ("中文说唱", ("Rap",)),
        ("另类/独立", ("Rock",)),
    ],
)
def test_names_as_tags_have_them(written, labels):
    found = meaning(written)
    assert (found.kind, found.labels) == ("genres", labels)


@pytest.mark.parametrize("written", ["Speech", "Audiobook", "Podcast", "有声书", "儿童有声书", "(101)", "Non-Music"])
def test_what_is_no_music(written):
    found = meaning(written)
    assert (found.kind, found.labels) == ("not_music", ("not-music",))


@pytest.mark.parametrize("written", ["Soundtrack", "华语", "Other", "", "(12)", "Japanese Anime", "2010s"])
def test_known_names_of_no_genre_are_no_vote_and_not_unknown(written):
    found = meaning(written)
    assert (found.kind, found.labels, found.unknown) == ("no_genre", (), ())


def test_unknown_names_are_listed_and_near_ones_offered_but_never_taken():
    found = meaning("Jaz")
    assert (found.kind, found.labels, found.unknown) == ("unknown", (), ("Jaz",))
    assert found.near[0] == "Jazz"
    assert "Rock" in meaning("摇衮").near
    assert meaning("Zxqwv").near == ()
    part = meaning("Rock/Zxqwv")
    assert (part.kind, part.labels, part.unknown) == ("genres", ("Rock",), ("Zxqwv",))
    assert meaning("(250)").kind == "unknown"


def test_every_name_means_what_its_line_says(tree):
    """Also our own names: no line of the table may take them over."""
    said = [(name, [genre.id]) for genre in GENRES for name in (genre.id, genre.zh, *genre.aliases)]
    said += [
        (name, [genre])
        for genre, names in tree["genres"].items()
        for kind in ("words", "alone")
        for name in names[kind]
    ]
    said += list(tree["several"].items())
    found = meanings([str(name) for name, _ in said])
    wrong = {name: found[str(name)].labels for name, genres in said if set(found[str(name)].labels) != set(genres)}
    assert wrong == {}
    assert set(IDS) == set(tree["genres"])


def test_no_name_has_two_meanings_and_none_repeats_the_taxonomy():
    table = load_names()
    ours = {name for genre in GENRES for name in (genre.id.casefold(), genre.zh, *genre.aliases)}
    assert not ours & set(table.whole)
    assert not (set(table.whole) | ours) & (table.not_music | set(table.no_genre))
    assert len(table.whole) > 1000


def test_id3_numbers_are_the_standards():
    assert list(load_names().id3) == ID3_NAMES


def test_labels_of_a_bundle_of_ones_own():
    labels = ["Pop", "二胡", "Metal Core"]
    assert meaning("METAL-CORE", labels).labels == ("Metal Core",)
    assert meaning("二胡独奏", labels).labels == ("二胡",)
    assert meaning("流行", labels).labels == ("Pop",)
    # The table knows Techno, but this bundle has no Electronic.
    assert meaning("Techno", labels).kind == "unknown"
    assert meaning("metal kore", labels).near == ("Metal Core",)


def owned(tmp_path, text):
    path = tmp_path / "names.yaml"
    path.write_text(text, encoding="utf-8")
    return read_names(path)


def test_what_names_mean_to_the_owner_of_a_table(tmp_path):
    owners = owned(tmp_path, "Zorg-Core: techno\n神曲: [流行, Disco]\nUrban: Rap\nRock: ~\nAudio: Speech\n")
    found = meanings(["ZORG CORE", "Jazz / 神曲", "urban", "Rock", "Rock; Pop", "audio", "Soft Rock"], None, owners)
    assert {name: (meaning.kind, meaning.labels) for name, meaning in found.items()} == {
        "ZORG CORE": ("genres", ("Electronic",)),
        "Jazz / 神曲": ("genres", ("Disco", "Jazz", "Pop")),
        "urban": ("genres", ("Rap",)),
        "Rock": ("no_genre", ()),
        "Rock; Pop": ("genres", ("Pop",)),
        "audio": ("not_music", ("not-music",)),
        # Only whole names are the owner's.
        "Soft Rock": ("genres", ("Rock",)),
    }


@pytest.mark.parametrize(
    "text", ["Zorg: Nothing we know\n", "Zorg: Rock/Nothing\n", "- Zorg\n", "Zorg: {a: b}\n", "''"]
)
def test_what_an_owner_cannot_mean(tmp_path, text):
    with pytest.raises(PolicyError) as caught:
        meanings(["Rock"], None, owned(tmp_path, text))
    assert caught.value.code == "NAMES_INVALID"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_meaning(text):
    found = meaning(text)
    assert set(found.labels) <= {*IDS, "not-music"}
    assert (found.kind in ("genres", "not_music")) == bool(found.labels)
    assert (found.kind == "unknown") <= bool(found.unknown)
    assert all(char.isprintable() or char == " " for char in found.written)


def test_a_long_name_is_cut():
    assert len(meaning("rock " * 10_000).written) <= NAME_CHARS
