"""Two models side by side: what changes, and which one people agree with."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from scipy.stats import binomtest

from genrelens.listening.bundle import read_bundle
from genrelens.workflows.model_diff import change_cells, compare_models, pairs
from tests.catalogue.made import decide, synthetic_catalogue

N = 300


@pytest.fixture
def both(tmp_path):
    """A catalogue that two models answered, the second only the first 250 files, a little differently."""
    bundle = read_bundle()
    newer = replace(bundle, version="9.0", model_sha256="9" * 64)
    synthetic_catalogue(tmp_path / "a.db", N).close()
    with synthetic_catalogue(tmp_path / "a.db", 250, bundle=newer, shift=1.5) as made:
        yield made, made.model_id(bundle), made.model_id(newer)


def test_what_an_upgrade_changes(both):
    made, a, b = both
    found = compare_models(made, a, b)
    rows = [{row.sha256: row for row in made.rows(model) if row.state == "done"} for model in (a, b)]
    common = rows[0].keys() & rows[1].keys()
    assert (found.a.version, found.b.version) == (read_bundle().version, "9.0")
    assert found.both == len(common) > 200
    assert found.only_a == len(rows[0].keys() - common) > 0
    assert found.only_b == 0
    first = {sha: [("not-music" if r[sha].tier == "not_music" else r[sha].genre) for r in rows] for sha in common}
    changes = Counter(tuple(said) for said in first.values() if said[0] != said[1])
    assert found.changed == changes.total() > 20
    assert {(x, y): n for x, y, n in found.genres} == changes
    assert [n for *_, n in found.genres] == sorted((n for *_, n in found.genres), reverse=True)
    tiers = Counter((rows[0][sha].tier, rows[1][sha].tier) for sha in common)
    assert {(x, y): n for x, y, n in found.tiers} == {pair: n for pair, n in tiers.items() if pair[0] != pair[1]}
    listed = [pair for pair in pairs(made, a, b) if pair.changed]
    assert {pair.a.sha256 for pair in listed} == {sha for sha, said in first.items() if said[0] != said[1]}
    told = []
    compare_models(made, a, b, changed=told.append)
    assert told == listed
    cells = change_cells(listed[0])
    assert cells["top_3_a"].count(",") == 2
    assert cells["top_3_a"] != cells["top_3_b"]


def test_the_same_model_changes_nothing(both):
    made, a, _ = both
    found = compare_models(made, a, a)
    assert (found.changed, found.genres, found.tiers, found.only_a) == (0, (), (), 0)


def test_which_one_people_agree_with(both):
    made, a, b = both
    done = [pair for pair in pairs(made, a, b) if pair.a.state == pair.b.state == "done"]
    changed = [pair for pair in done if pair.changed and "not_music" not in (pair.a.tier, pair.b.tier)]
    same = [pair for pair in done if not pair.changed and pair.a.tier == "sure"]
    for pair in changed[:12]:
        decide(made, a, pair.a.sha256, pair.b.genre)
    for pair in changed[12:15]:
        decide(made, a, pair.a.sha256, pair.a.genre, kind="accept")
    decide(made, b, changed[15].a.sha256, "Nothing of these")
    decide(made, b, same[0].a.sha256, same[0].a.genre, kind="accept")
    for pair in changed[16:20]:
        decide(made, a, pair.a.sha256, pair.a.genre, kind="accept", batch="bulk")  # nobody's judgement
    found = compare_models(made, a, b)
    assert found.decided == {"both": 1, "a": 3, "b": 12, "neither": 1}
    assert (found.shown_a, found.shown_b) == (15, 2)
    assert found.chance == pytest.approx(binomtest(3, 15).pvalue)
    assert found.to_dict()["decided"]["b"] == 12


def test_nobody_decided(both):
    made, a, b = both
    found = compare_models(made, a, b)
    assert sum(found.decided.values()) == 0
    assert found.chance == 1.0
