"""The map: neighbours stay neighbours, the same songs lie in the same places, and what is counted adds up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genrelens.catalogue.rows import RowFilter
from genrelens.workflows.catalogue_map import map_catalogue, nearest, neighbours, placed, principal
from tests.catalogue.made import synthetic_catalogue


def islands(count=6, each=40, wide=64, seed=0):
    """Clusters of unit vectors, and which cluster each is in."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(count, wide))
    vectors = np.repeat(centres, each, axis=0) + draw.normal(scale=0.35, size=(count * each, wide))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), np.repeat(
        np.arange(count), each
    )


def same_at_5(places, labels):
    gaps = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return (labels[gaps.argsort(axis=1)[:, :5]] == labels[:, None]).mean()


def test_neighbours_stay_better_than_on_two_main_directions():
    units, labels = islands(count=14, each=25)
    places = placed(units)
    assert places.min() >= 0
    assert places.max() <= 1
    assert same_at_5(places, labels) > 0.98
    assert same_at_5(places, labels) > same_at_5(principal(units, 2), labels)


def test_the_same_songs_give_the_same_map():
    units, _ = islands(seed=1)
    assert np.array_equal(placed(units), placed(units.copy()))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 14])
def test_few_songs(count):
    units, _ = islands()
    places = placed(units[:count])
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_copies_and_zeros_do_not_break_it():
    units, _ = islands(count=2)
    units[:30] = units[0]
    units[30] = 0
    assert np.isfinite(placed(units)).all()


def test_principal_is_the_singular_value_decomposition():
    units, _ = islands()
    centred = units - units.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    found = principal(units, 5)
    assert np.linalg.norm(found, axis=0) == pytest.approx(singular[:5], rel=1e-3)
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-4)


def test_nearest_in_blocks_is_the_whole_product():
    units = np.random.default_rng(2).normal(size=(1300, 16)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    near, alike = nearest(units, 6)
    whole = units @ units.T
    np.fill_diagonal(whole, -2)
    assert np.sort(alike, axis=1) == pytest.approx(np.sort(whole, axis=1)[:, -6:], abs=1e-5)
    assert not (near == np.arange(1300)[:, None]).any()
    assert nearest(units, 0, [5])[0].shape == (1, 0)
    some, _ = nearest(units, 6, [700, 3])
    assert np.array_equal(some, near[[700, 3]])


def test_neighbours_of_many_are_nearly_the_nearest(monkeypatch):
    monkeypatch.setattr("genrelens.workflows.catalogue_map._MOST_COMPARED", 1000)
    monkeypatch.setattr("genrelens.workflows.catalogue_map._CELL", 32)
    units, _ = islands(count=60, each=40)
    found, exact = neighbours(units, 12), nearest(units, 12)[0]
    assert not (found == np.arange(2400)[:, None]).any()
    assert all(len(set(row)) == 12 for row in found.tolist())
    kept = [len(set(a) & set(b)) / 12 for a, b in zip(found.tolist(), exact.tolist(), strict=True)]
    assert np.mean(kept) > 0.9
    units[:] = units[0]
    assert neighbours(units, 12).shape == (2400, 12)
    units[1::2] = -units[0]
    assert neighbours(units, 12).shape == (2400, 12)


def test_a_catalogue(tmp_path):
    with synthetic_catalogue(tmp_path / "my.db", 300) as catalogue:
        model_id = catalogue.latest_model()
        found = map_catalogue(catalogue, model_id)
        again = map_catalogue(catalogue, model_id)
        rows = list(catalogue.rows(model_id, RowFilter()))
    assert found == again
    done = [row for row in rows if row.state == "done" and not row.copy_of]
    assert sum(sum(tiers.values()) for tiers in found.counts.values()) == len(done)
    assert len(found.points) + found.unplaced == len(done)
    assert found.failed == sum(row.state == "failed" for row in rows)
    assert found.copies == sum(row.state == "done" and bool(row.copy_of) for row in rows)
    assert found.copies
    assert found.failed
    by_sha = {row.sha256: row for row in done}
    assert all(point.genre == by_sha[point.sha256].counts_as for point in found.points)
    totals = [sum(tiers.values()) for tiers in found.counts.values()]
    assert totals == sorted(totals, reverse=True)
    json.dumps(found.to_dict(), allow_nan=False)
