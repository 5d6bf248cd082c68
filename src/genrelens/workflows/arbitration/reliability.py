"""How far each source of labels can be trusted, estimated from how they agree: Dawid & Skene's model.

Nobody knows the true genres, so they and the sources' habits are estimated together (A. P. Dawid, A. M. Skene, *Maximum
likelihood estimation of observer error-rates using the EM algorithm*, 1979): given the habits, how likely is each genre
for each song; given those, how often does each source say what of which genre; and so on until nothing moves. The two
steps are crowd-kit's. What is added here, because a table of labels is small and sixteen genres are many:

- **Pseudo-counts.** A source that is seen with three reggae songs has no reggae habits yet. Its table begins as "knows
  the genre in a share of the cases, else says what it says anyway", both estimated over all its labels (the share is
  Cohen's kappa against the posterior), or what all sources take for that genre; its own counts bend that as they grow.
- **Several genres in a cell** are one observation of their own ("Hip-Hop or Rap"), not two half ones.
- **The model** is a voter whose whole calibrated distribution counts: the likelihood of what it heard, were the genre
  g, is p(g) over its mean in this table, blurred by its own estimated errors. Alone, it gives back its distribution.
- **Sharpness.** The posterior is blunted until votes are foretold best by the others (`sharpness.py`).

What it cannot know: two sources that err together look like two that are right. See `copies.py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import PolicyError
from genrelens.workflows.arbitration.sharpness import sharpness, softmax

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BEFORE", "Ballots", "Belief", "Estimate", "estimate"]

Floats = NDArray[np.float64]

_MOST_ROUNDS: Final = 40
_STILL: Final = 1e-3
"""Largest change of a probability from which on the estimate counts as settled."""
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a source before it is known, and how firmly.

    Attributes:
        known: Share of songs whose genre a source knows.
        known_weight: How many labels that belief is worth.
        habit_weight: How many labels in each genre the general habits of a source are worth.
        shared: Share of the errors that are those of all sources together; the rest follow a source's own habits.
        model_known: The same share for the model, whose distribution is calibrated.
        model_weight: How many songs that belief is worth.
    """

    known: float = 0.6
    known_weight: float = 4.0
    habit_weight: float = 8.0
    shared: float = 0.5
    model_known: float = 0.95
    model_weight: float = 20.0


BEFORE: Final = Belief()
"""Chosen on simulated annotators (`benchmarks/arbitrate.py --seed 1000`), judged on others."""


@dataclass(frozen=True, slots=True)
class Ballots:
    """Who said what of which song, in numbers.

    Attributes:
        songs: How many there are.
        genres: How many there are.
        sources: How many there are, the model not counted.
        votes: Rows of (song, source, said): indices, `said` into `sets`; at most one for a song and source.
        sets: What can be said: the genres of a cell; the first `genres` are the single genres in order.
        model: Its distribution for each song, [songs, genres]; a row of NaN where it has none; None: no model.
    """

    songs: int
    genres: int
    sources: int
    votes: NDArray[np.int64]
    sets: Sequence[tuple[int, ...]]
    model: Floats | None = None

    @property
    def members(self) -> Floats:
        """Of each set, 1 where a genre belongs to it, [sets, genres]."""
        found = np.zeros((len(self.sets), self.genres))
        for row, genres in enumerate(self.sets):
            found[row, list(genres)] = 1.0
        return found

    @property
    def heard(self) -> NDArray[np.bool_]:
        """The songs for which the model has a distribution, [songs]."""
        if self.model is None:
            return np.zeros(self.songs, dtype=bool)
        heard: NDArray[np.bool_] = np.asarray(np.isfinite(self.model).all(axis=1))
        return heard


@dataclass(frozen=True, slots=True)
class Estimate:
    """What came out.

    Attributes:
        posterior: Probability of each genre for each song, [songs, genres].
        said: Log likelihood of each row of `votes` under each genre, [votes, genres], natural logarithm.
        model_said: The same for the model, [songs, genres]; zeros where it has no distribution.
        known: Share of songs whose genre each source knows beyond its habits, [sources].
        model_known: The same for the model; None without one.
        right: Expected share of right labels of each source, [sources].
        sharpness: Power to which the posterior was raised, 0 to 1; `said` and `model_said` are not blunted.
        rounds: Of estimation; 0 where every source counts the same.
    """

    posterior: Floats
    said: Floats
    model_said: Floats
    known: Floats
    model_known: float | None
    right: Floats
    sharpness: float
    rounds: int


def estimate(ballots: Ballots, *, learn: bool = True, before: Belief = BEFORE) -> Estimate:
    """Estimate genres and habits together.

    Args:
        ballots: Who said what.
        learn: False: every source counts the same, as believed beforehand; nothing is estimated of it.
        before: What is believed beforehand.

    Raises:
        PolicyError: `ARBITRATE_NOT_INSTALLED`.
    """
    with warnings.catch_warnings():
        # Of crowd-kit about pandas, for its authors.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return _Table(ballots, before).run(learn)


def _dawid_skene() -> Any:
    """Crowd-kit's class; imported late, for it takes two seconds."""
    try:
        from crowdkit.aggregation import DawidSkene
    except ImportError as error:
        raise PolicyError("ARBITRATE_NOT_INSTALLED", f"the package crowd-kit is missing ({error})") from None
    return DawidSkene


class _Table:
    """The state of one estimation."""

    def __init__(self, ballots: Ballots, before: Belief) -> None:
        self.steps = _dawid_skene()
        import pandas as pd

        self.ballots, self.before = ballots, before
        self.members, self.heard = ballots.members, ballots.heard
        self.songs, self.sources, self.said = ballots.votes.T.reshape(3, -1)
        self.frame = pd.DataFrame({"task": self.songs, "worker": self.sources, "label": self.said})
        self.habits = np.zeros((ballots.sources, len(ballots.sets)))
        np.add.at(self.habits, (self.sources, self.said), 1.0)
        self.odds = self._odds()
        self.known = np.full(ballots.sources, before.known)
        self.model_errors = _habits(before.model_known, np.full(ballots.genres, 1 / ballots.genres))

    def run(self, learn: bool) -> Estimate:
        ballots = self.ballots
        # Where nothing is learnt, nobody has habits: a label is right, or any other with the same chance.
        priors = np.full(ballots.genres, 1 / ballots.genres)
        errors = self._errors(0.0 * self.habits, None)
        posterior = self._posterior(priors, errors)
        model_known = None if ballots.model is None else self.before.model_known
        rounds = 0
        while learn and rounds < _MOST_ROUNDS:
            rounds += 1
            priors = (posterior.sum(axis=0) + 1) / (ballots.songs + ballots.genres)
            self.known = self._known(posterior, priors)
            errors = self._errors(self.habits, posterior)
            if model_known is not None:
                model_known = self._learn_model(priors, errors)
            last, posterior = posterior, self._posterior(priors, errors)
            if np.abs(posterior - last).max() < _STILL:
                break
        return self._result(priors, errors, model_known, rounds)

    def _result(self, priors: Floats, errors: pd.DataFrame, model_known: float | None, rounds: int) -> Estimate:
        ballots = self.ballots
        said = np.log(self._looked_up(errors))
        model_said = np.log(np.maximum(self._model_likelihood(), _TINY))
        joint = np.log(priors) + model_said
        np.add.at(joint, self.songs, said)
        names = self.members[self.said]
        sharp = sharpness(joint, said, self.songs, self.sources, names) if rounds else 1.0
        # One voice alone is not multiplied with anything.
        several = np.bincount(self.songs, minlength=ballots.songs) + self.heard > 1
        powers = np.where(several, sharp, 1.0)
        posterior = softmax(powers[:, None] * joint)
        return Estimate(
            posterior=posterior,
            said=said,
            model_said=model_said,
            known=self.known,
            model_known=model_known,
            right=_mean_by(self.sources, (names * posterior[self.songs]).sum(axis=1), ballots.sources),
            sharpness=sharp,
            rounds=rounds,
        )

    def _odds(self) -> Floats:
        """What the model's distribution says beyond what it says on average, [songs, genres]; 1 where it is silent."""
        model = self.ballots.model
        odds = np.ones((self.ballots.songs, self.ballots.genres))
        if model is not None and self.heard.any():
            heard = model[self.heard]
            usual = (heard.sum(axis=0) + 1) / (len(heard) + self.ballots.genres)
            odds[self.heard] = np.maximum(heard, _TINY) / usual
        return odds

    def _model_likelihood(self) -> Floats:
        likelihood: Floats = self.odds @ self.model_errors
        likelihood[~self.heard] = 1.0
        return likelihood

    def _known(self, posterior: Floats, priors: Floats) -> Floats:
        """Cohen's kappa of each source against the posterior, drawn towards what is believed beforehand."""
        counts = self.habits.sum(axis=1)
        hits = np.bincount(
            self.sources, (self.members[self.said] * posterior[self.songs]).sum(axis=1), self.ballots.sources
        )
        seen = np.maximum(counts, 1)
        chance = (self.habits / seen[:, None]) @ (self.members @ priors)
        kappa = np.where(chance < 1 - 1e-9, (hits / seen - chance) / np.maximum(1 - chance, 1e-9), 0.0)
        before = self.before
        drawn = (counts * np.clip(kappa, 0, 1) + before.known_weight * before.known) / (counts + before.known_weight)
        known: Floats = np.minimum(drawn, 0.99)
        return known

    def _errors(self, habits: Floats, posterior: Floats | None) -> pd.DataFrame:
        """Probability of what each source says (rows) under each genre (columns), as crowd-kit keeps it."""
        import pandas as pd

        ballots = self.ballots
        # A tenth of a label for each genre: nothing is impossible. Sets of several only where the source has them.
        possible = (np.arange(len(ballots.sets)) < ballots.genres) | (self.habits > 0)
        smoothed = habits + np.where(possible, 0.1, _TINY)
        usual = smoothed / smoothed.sum(axis=1, keepdims=True)
        shared = None if posterior is None else self._shared(posterior)
        table = (
            np.stack([self._habit(float(known), row, shared) for known, row in zip(self.known, usual, strict=True)])
            if ballots.sources
            else np.zeros((0, len(ballots.sets), ballots.genres))
        )
        index = pd.MultiIndex.from_product(
            [range(ballots.sources), range(len(ballots.sets))], names=["worker", "label"]
        )
        prior = pd.DataFrame(table.reshape(-1, ballots.genres), index=index, columns=range(ballots.genres))
        if posterior is None:
            return prior
        probas = pd.DataFrame(posterior, index=pd.RangeIndex(ballots.songs, name="task"))
        errors: pd.DataFrame = self.steps._m_step(self.frame, probas, prior * self.before.habit_weight, "addition")
        return errors

    def _habit(self, known: float, usual: Floats, shared: Floats | None) -> Floats:
        """Who knows the genre says a word for it, else errs as it usually does or as all do; [said, genre]."""
        fitting = self.members * usual[:, None]
        fitting /= np.maximum(fitting.sum(axis=0), _TINY)
        errs = usual[:, None]
        if shared is not None:
            errs = (1 - self.before.shared) * errs + self.before.shared * shared
        mixed: Floats = known * fitting + (1 - known) * errs
        return mixed

    def _shared(self, posterior: Floats) -> Floats:
        """What all sources together say of each genre where they are wrong, [said, genre]."""
        genres = self.ballots.genres
        counts = np.zeros((len(self.ballots.sets), genres))
        np.add.at(counts, self.said, posterior[self.songs])
        counts *= 1 - self.members
        counts[:genres] += 0.2 * (1 - np.eye(genres)) + _TINY
        shared: Floats = counts / counts.sum(axis=0)
        return shared

    def _posterior(self, priors: Floats, errors: pd.DataFrame) -> Floats:
        import pandas as pd

        shares = np.tile(priors, (self.ballots.songs, 1))
        if len(self.frame):
            voted = self.steps._e_step(self.frame, pd.Series(priors), errors)
            shares[voted.index.to_numpy()] = voted.to_numpy()
        together = np.maximum(shares, _TINY) * np.maximum(self._model_likelihood(), _TINY)
        result: Floats = together / together.sum(axis=1, keepdims=True)
        return result

    def _looked_up(self, errors: pd.DataFrame) -> Floats:
        rows = errors.to_numpy().reshape(self.ballots.sources, len(self.ballots.sets), -1)
        found: Floats = np.maximum(rows[self.sources, self.said], _TINY)
        return found

    def _learn_model(self, priors: Floats, errors: pd.DataFrame) -> float:
        """Re-estimate the model's own errors; how often its word holds."""
        ballots, before = self.ballots, self.before
        others = np.log(np.tile(priors, (ballots.songs, 1)))
        np.add.at(others, self.songs, np.log(self._looked_up(errors)))
        others = np.exp(others - others.max(axis=1, keepdims=True))[self.heard]
        odds = self.odds[self.heard]
        # Expected counts of (the model meant row, it was column), each song weighing one.
        whole = np.einsum("ik,kc,ic->i", odds, self.model_errors, others)
        counts = np.einsum("ik,ic->kc", odds / whole[:, None], others) * self.model_errors
        total = before.model_weight + len(odds)
        meant = (counts.sum(axis=1) + 1) / (len(odds) + ballots.genres)
        chance = float(meant @ priors)
        agreed = float(np.trace(counts)) / max(len(odds), 1)
        kappa = np.clip((agreed - chance) / max(1 - chance, 1e-9), 0, 1)
        known = float((len(odds) * kappa + before.model_weight * before.model_known) / total)
        table = counts + before.habit_weight * _habits(known, meant)
        self.model_errors = table / table.sum(axis=0, keepdims=True)
        return known


def _habits(known: float, usual: Floats) -> Floats:
    """Who knows the genre says so with probability `known`, else what it usually says; [said, genre]."""
    mixed: Floats = known * np.eye(len(usual)) + (1 - known) * usual[:, None]
    return mixed


def _mean_by(groups: NDArray[np.int64], values: Floats, count: int) -> Floats:
    seen = np.bincount(groups, minlength=count)
    return np.bincount(groups, values, count) / np.maximum(seen, 1)
