"""The owner's own names: what a song is called, and what is wrong in a file that says so."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.catalogue.rows import NOT_MUSIC, RowFilter
from genrelens.listening.analysis import GenreScore
from genrelens.taxonomy import GENRES
from genrelens.workflows.mapping import EXAMPLE, GenreMapping, GenreRule, read_mapping
from tests.catalogue.made import decide, synthetic_catalogue
from tests.workflows.by_hand import by_hand, complaint

LABELS = [genre.id for genre in GENRES]


def heard(**probabilities):
    names = {"HipHop": "Hip-Hop", "RnB": "R&B"}
    return [GenreScore(names.get(name, name), p) for name, p in sorted(probabilities.items(), key=lambda x: -x[1])]


@pytest.fixture
def write(tmp_path):
    return partial(by_hand, tmp_path / "mapping.yaml")


@pytest.fixture
def example(write):
    return read_mapping(write(EXAMPLE))


@pytest.mark.parametrize(
    ("top", "names"),
    [
        (heard(HipHop=0.9, Rap=0.05), ("Urban",)),
        (heard(HipHop=0.5, Rap=0.4), ("Urban",)),  # the same name, once
        (heard(RnB=0.7, Jazz=0.3), ("Soul", "R&B", "Jazz")),
        (heard(RnB=0.7, Jazz=0.2999), ("Soul", "R&B")),
        (heard(Rock=0.34, RnB=0.33, Pop=0.33), ("Rock", "Soul", "R&B")),  # at most three
        (heard(Rock=0.6, Folk=0.39), ("Rock",)),  # below the limit of its own
        (heard(Rock=0.5, Folk=0.45), ("Rock", "Folk & Roots")),
        (heard(Folk=0.39, Rock=0.2), ()),  # no name for what is unsure
        ([], ()),
    ],
)
def test_the_example(top, names, example):
    assert example.genres_of(top) == names


@pytest.mark.parametrize(
    ("verdict", "names"),
    [
        ("Folk", ("Folk & Roots",)),
        ("R&B", ("Soul", "R&B")),
        (NOT_MUSIC, ("Speech & effects",)),
        ("Vapor", ("Vapor",)),
        ("", ()),
    ],
)
def test_a_persons_verdict_holds_whatever_the_probability(verdict, names, example):
    assert example.genres_of(verdict) == names


def test_limits_and_defaults(write):
    mapping = read_mapping(
        write("first_from: 0.5\nunsure: Unsorted\notherwise: drop\ngenres:\n  rock: Rock/Pop\n  World: ~\n")
    )
    assert mapping == GenreMapping(
        {"Rock": GenreRule(("Rock/Pop",)), "World": GenreRule(())}, False, 0.5, unsure="Unsorted"
    )
    assert mapping.genres_of(heard(Rock=0.5)) == ("Rock/Pop",)
    assert mapping.genres_of(heard(Rock=0.49)) == ("Unsorted",)
    assert mapping.genres_of(heard(Jazz=0.9)) == ()
    assert mapping.genres_of(heard(World=0.6, Rock=0.35)) == ("Rock/Pop",)
    assert mapping.genres_of(NOT_MUSIC) == ()


def test_words_that_yaml_would_turn_into_something_else(write):
    mapping = read_mapping(write("genres: {no: yes, Off: 1.0, '1': [null-wave, '~']}\n"), labels=["no", "off", "1"])
    assert mapping.rules == {"no": GenreRule(("yes",)), "off": GenreRule(("1.0",)), "1": GenreRule(("null-wave", "~"))}


def test_rows_of_a_catalogue(example, tmp_path):
    with synthetic_catalogue(tmp_path / "a.db", 150) as made:
        model = made.latest_model()
        sure = next(made.rows(model, RowFilter(tiers=("sure",), genres=("Hip-Hop",))))
        decide(made, model, sure.sha256, "Folk")
        seen = set()
        for row in made.rows(model):
            names = example.of_row(row)
            if row.sha256 == sure.sha256:
                assert names == ("Folk & Roots",)
            elif row.state != "done":
                assert names == ()
            elif row.tier == "not_music":
                assert names == ("Speech & effects",)
            elif row.genre not in example.rules:
                assert names[0] == row.genre
            seen.add(row.state if row.state != "done" else row.tier)
        assert {"failed", "not_music", "sure"} <= seen


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("genres:\n  Rock: A\n  Regae: B\n", 3, "did you mean Reggae?"),
        ("genres:\n  Rock: A\n  Xyzzy: B\n", 3, "known: Blues, Classical"),
        ("genres:\n  Rock: A\n  Jazz: B\n  Rock: C\n", 4, "Rock stands here twice"),
        ("genres:\n  Rock: A\n  rock: C\n", 3, "Rock stands here twice"),
        ("genres: {}\nat_most: 2\ngenres: {}\n", 3, "genres stands here twice"),
        ("genres:\n  Rock: {name: A, form: 0.5}\n", 2, "did you mean from?"),
        ("genres:\n  Rock: {from: 0.5}\n", 2, "`name`"),
        ("genres:\n  Rock: [A, A]\n", 2, "A stands here twice"),
        ("genres:\n  Rock: [[A]]\n", 2, "a word"),
        ("genres:\n  - Rock\n", 2, "keys with values"),
        ("\n\nothers_from: 30%\n", 3, "write 0.85 for 85 %"),
        ("others_from: 30\n", 1, "not between 0 and 1"),
        ("others_from: nan\n", 1, "not between 0 and 1"),
        ("others_from:\n", 1, "a word"),
        ("at_most: 2.5\n", 1, "no whole number"),
        ("otherwise: kepe\n", 1, "did you mean keep?"),
        ("not_music: |\n  two\n  lines\n", 1, "without line breaks"),
        ("genres:\n  Rock: [A\n", 3, ""),
        ("genres:\n\tRock: A\n", 2, ""),
        ("[]", 1, "keys with values"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, said, write):
    message = complaint(read_mapping, write(text), "MAPPING_INVALID")
    assert f"mapping.yaml, line {line}: " in message
    assert said in message


@given(
    weights=st.lists(st.floats(0.001, 1), min_size=16, max_size=16),
    others=st.floats(0, 1),
    most=st.integers(1, 20),
)
def test_names_are_few_and_different(weights, others, most):
    top = sorted(
        (GenreScore(x, w / sum(weights)) for x, w in zip(LABELS, weights, strict=True)), key=lambda s: -s.probability
    )
    mapping = GenreMapping({"Rock": GenreRule(("Pop", "Rock"))}, others_from=others, at_most=most)
    names = mapping.genres_of(top)
    assert 1 <= len(names) <= most
    assert len(set(names)) == len(names)
    assert names[0] == ("Pop" if top[0].id == "Rock" else top[0].id)
