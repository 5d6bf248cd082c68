"""Dawid and Skene's model with pseudo-counts: against crowd-kit, by hand, and what must always hold."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.errors import PolicyError
from genrelens.workflows.arbitration.reliability import Ballots, Belief, estimate

BLANK = Belief(known_weight=1e-9, habit_weight=1e-9)


def ballots(said, genres, model=None, sets=()):
    """`said` is [sources, songs], -1 for silence."""
    said = np.asarray(said)
    sources, songs = np.nonzero(said >= 0)
    votes = np.stack([songs, sources, said[sources, songs]], axis=1)
    return Ballots(said.shape[1], genres, len(said), votes, [*((at,) for at in range(genres)), *sets], model)


def simulated(seed, songs, accuracies, genres=4):
    random = np.random.default_rng(seed)
    truth = random.integers(0, genres, songs)
    said = []
    for accuracy in accuracies:
        wrong = (truth + random.integers(1, genres, songs)) % genres
        said.append(np.where(random.random(songs) < accuracy, truth, wrong))
    return truth, np.array(said)


def test_without_pseudo_counts_it_is_crowd_kits_answer():
    from crowdkit.aggregation import DawidSkene

    truth, said = simulated(3, 400, [0.9, 0.7, 0.6, 0.75], genres=3)
    ours = estimate(ballots(said, 3), before=BLANK)
    frame = pd.DataFrame(
        [(song, source, said[source, song]) for source in range(4) for song in range(400)],
        columns=["task", "worker", "label"],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = DawidSkene(n_iter=300, tol=1e-9).fit(frame)
    golden = theirs.probas_.sort_index()[[0, 1, 2]].to_numpy()
    # Class priors keep one pseudo-song a genre, and rounds end when no probability moves by 0.001.
    assert np.abs(ours.posterior - golden).max() < 0.03
    assert (ours.posterior.argmax(1) == golden.argmax(1)).mean() > 0.995
    assert (ours.posterior.argmax(1) == truth).mean() > 0.85


def test_equal_trust_by_hand():
    """Two genres, each source right with 0.6 + 0.4 / 2 = 0.8: two against one are as one, 0.8 to 0.2."""
    found = estimate(ballots([[0, 0], [0, 1], [1, 1]], 2), learn=False)
    assert found.rounds == 0
    assert found.posterior == pytest.approx(np.array([[0.8, 0.2], [0.2, 0.8]]), abs=1e-6)
    assert found.said[0] == pytest.approx(np.log([0.8, 0.2]), abs=1e-6)


def test_the_model_alone_gives_back_its_distribution():
    random = np.random.default_rng(0)
    model = random.dirichlet(np.full(4, 0.5), 300)
    found = estimate(
        ballots(np.full((1, 300), -1), 4, model), before=Belief(model_known=1.0, model_weight=1e9, habit_weight=1e9)
    )
    assert np.abs(found.posterior - model).max() < 0.02


def test_the_better_source_has_more_say():
    truth, said = simulated(1, 300, [0.95, 0.6, 0.6, 0.4])
    found = estimate(ballots(said, 4))
    assert found.known[0] > 0.85 > found.known[1] > found.known[3]
    assert found.right == pytest.approx([0.95, 0.6, 0.6, 0.4], abs=0.08)
    assert (found.posterior.argmax(1) == truth).mean() > 0.9


def test_who_says_one_label_only_says_nothing():
    _, said = simulated(2, 200, [0.9, 0.8, 0.8])
    lazy = np.zeros((1, 200), dtype=int)
    with_lazy, without = estimate(ballots(np.vstack([said, lazy]), 4)), estimate(ballots(said, 4))
    assert np.abs(with_lazy.posterior - without.posterior).max() < 0.25
    rows = with_lazy.said[600:]
    assert np.abs(rows - rows.mean(axis=1, keepdims=True)).max() < 0.3


def test_a_systematic_confusion_is_learnt_and_undone():
    """One that always writes 0 where it is 1, beside two fair ones: its 0 counts for both."""
    truth, said = simulated(4, 500, [0.8, 0.8])
    merging = np.where(truth == 1, 0, truth)
    found = estimate(ballots(np.vstack([said, merging]), 4))
    zero = found.said[1000:][merging == 0][0]
    assert abs(zero[0] - zero[1]) < 0.5
    assert zero[0] - zero[2] > 2
    assert (found.posterior.argmax(1) == truth).mean() > 0.9


def test_several_genres_in_a_cell_favour_each_of_them_alike():
    sets = [(1, 2)]
    _, said = simulated(5, 200, [0.85, 0.85, 0.85])
    said[2] = np.where((said[2] == 1) | (said[2] == 2), 4, said[2])
    found = estimate(ballots(said, 4, sets=sets))
    row = found.said[400:][said[2] == 4][0]
    assert min(row[1], row[2]) - max(row[0], row[3]) > 1
    assert abs(row[1] - row[2]) < 1
    assert found.known[2] == pytest.approx(found.known[0], abs=0.15)


def test_a_model_that_is_wrong_here_loses_its_say():
    truth, said = simulated(6, 400, [0.85, 0.85, 0.85])
    model = np.full((400, 4), 0.02)
    model[np.arange(400), np.random.default_rng(1).integers(0, 4, 400)] = 0.94
    found = estimate(ballots(said, 4, model))
    assert found.model_known < 0.4
    assert (found.posterior.argmax(1) == truth).mean() > 0.93


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_what_always_holds(data):
    sources, songs, genres = (data.draw(st.integers(1, most)) for most in (4, 12, 4))
    said = np.array(
        data.draw(
            st.lists(
                st.lists(st.integers(-1, genres - 1), min_size=songs, max_size=songs),
                min_size=sources,
                max_size=sources,
            )
        )
    )
    model = None
    if data.draw(st.booleans()):
        model = np.random.default_rng(songs).dirichlet(np.ones(genres), songs)
        model[:: data.draw(st.integers(1, 4))] = np.nan
    learn = data.draw(st.booleans())
    found = estimate(ballots(said, genres, model), learn=learn)
    assert np.isfinite(found.posterior).all()
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(songs))
    assert np.isfinite(found.said).all()
    assert ((found.known >= 0) & (found.known <= 1)).all()
    # Who comes first does not matter.
    order = np.random.default_rng(0).permutation(sources)
    turned = estimate(ballots(said[order], genres, model), learn=learn)
    assert np.abs(turned.posterior - found.posterior).max() < 1e-6


def test_nothing_is_warned_of_and_nothing_fetched(monkeypatch):
    import socket

    def refuse(*_):
        raise AssertionError("no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimate(ballots([[0, 1], [0, 0]], 2))


def test_without_crowd_kit(monkeypatch):
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    with pytest.raises(PolicyError) as caught:
        estimate(ballots([[0]], 2))
    assert caught.value.code == "ARBITRATE_NOT_INSTALLED"
    assert "pip install 'genrelens[arbitrate]'" in caught.value.hint
