"""Fit the direct path, then train the mixers on cached tokens: one a seed, each stopped early on the choosing part.

Resumes where a killed run was: after every epoch the weights, their average, the optimiser and the random states
are written. Nothing here sees the calibrating part or `test`.

    python -m training.train --config training/configs/base.yaml
"""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from training.batches import Batch, Drawer, tensors
from training.bodies import BEAT_WIDTH, PATCH_WIDTH, PATCHES, WHOLE_WIDTHS
from training.corpus import Clip, Corpus, label_target
from training.direct import clip_features, fit_direct, probe_weights, window_features
from training.metrics import best_temperature, softmax, summary
from training.mixer import Direct, Mixer, Standard
from training.settings import Recipe, Settings, command_line
from training.store import Store
from training.targets import make_targets

__all__ = ["Trained", "load_trained", "song_means", "train"]

log = logging.getLogger(__name__)

_WARM_UP: Final = 0.1
_MEASURED_WINDOWS: Final = 600
_EVALUATION_BATCH: Final = 32
_ALONE: Final = ("accepted", "macro_f1", "nll")
"""What is logged of a mixer without the direct path."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves: standards of the tokens, the direct path, one mixer a seed, and the figures of each."""

    standards: tuple[Standard, Standard, Standard]
    direct: Direct
    mixers: tuple[Mixer, ...]
    figures: tuple[dict[str, float], ...]
    seconds: float


def train(settings: Settings) -> None:
    """Train every seed of the recipe that is not trained yet."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    plain = Store.open(settings.stores / "plain")
    varied_folder = settings.stores / "varied"
    varied = Store.open(varied_folder) if (varied_folder / "ids.json").exists() else None
    corpus = Corpus(settings.corpus, settings.seed)
    heard = set(plain.ids.tolist())
    clips = [clip for clip in corpus.part("train") if clip.id in heard]
    features = window_features(plain)
    targets = make_targets(clips, plain, features, settings)
    choosing = [clip for clip in corpus.part("choosing") if clip.id in heard and clip.is_music]
    standards = _standards(plain, {clip.id for clip in clips})
    direct = _fit_direct(settings, [clip for clip in clips if clip.is_music], (plain, varied), standards)
    _save(direct.state_dict(), _direct_file(settings))
    exam = _Exam(plain, choosing, standards, direct, settings.recipe.direct)
    log.info("direct path alone: %s", exam.shown(exam.figures(None)))
    for seed in settings.recipe.seeds:
        if not _finished(settings, seed).exists():
            drawer = Drawer(targets, plain, varied, settings.recipe, seed)
            _Run(settings, seed, standards, drawer, exam).go()


def load_trained(settings: Settings) -> Trained:
    """The finished mixers of a run, in evaluation mode.

    Raises:
        FileNotFoundError: A seed is not trained yet.
    """
    states = [torch.load(_finished(settings, seed), weights_only=True) for seed in settings.recipe.seeds]
    standards = _empty_standards()
    for standard, state in zip(standards, states[0]["standards"], strict=True):
        standard.load_state_dict(state)
    mixers = []
    for state in states:
        mixer = _new_mixer(settings.recipe)
        mixer.load_state_dict(state["mixer"])
        mixers.append(mixer.eval().requires_grad_(False))
    figures, seconds = tuple(state["figures"] for state in states), sum(state["seconds"] for state in states)
    direct = Direct(**torch.load(_direct_file(settings), weights_only=True))
    return Trained(standards, direct, tuple(mixers), figures, seconds)


def _fit_direct(
    settings: Settings, songs: Sequence[Clip], stores: Sequence[Store | None], standards: Sequence[Standard]
) -> Direct:
    """On every song as it is, and once more as augmented, where there is a store of that."""
    labels = np.stack([label_target(clip, settings.recipe.second) for clip in songs])
    rows = []
    for store in stores:
        if store is not None:
            known = set(store.ids.tolist())
            heard = np.array([clip.id in known for clip in songs])
            present = [clip for clip in songs if clip.id in known]
            rows.append((clip_features(present, store, window_features(store)), labels[heard], probe_weights(present)))
    features, targets, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return fit_direct(features, targets, weights, standards)


class _Exam:
    """The choosing part, ready to be asked after every epoch."""

    def __init__(
        self, store: Store, clips: Sequence[Clip], standards: tuple[Standard, ...], direct: Direct, share: float
    ) -> None:
        self.clips = clips
        self._order = {clip.id: index for index, clip in enumerate(clips)}
        self._rows = [row for row, clip_id in enumerate(store.ids.tolist()) if clip_id in self._order]
        self._clip_of = np.array([self._order[store.ids[row]] for row in self._rows])
        self._store, self._standards, self._share = store, standards, share
        self._direct = self._heard(lambda *parts: direct(*parts).mean(1) + direct.bias)

    def figures(self, mixer: Mixer | None) -> dict[str, float]:
        """Figures of a mixer blended with the direct path, or of that alone, at the best temperature."""
        songs = self._direct
        alone: dict[str, float] = {}
        if mixer is not None:
            mixed = self._heard(lambda *parts: mixer.head(mixer(*parts).mean(1)))
            songs = self._share * songs + (1 - self._share) * mixed
            alone = {f"mixer_{name}": value for name, value in self._at_best(mixed).items() if name in _ALONE}
        return {**self._at_best(songs), **alone}

    @staticmethod
    def shown(figures: dict[str, float]) -> str:
        """Figures in one line."""
        return " ".join(f"{name} {value:.3f}" for name, value in figures.items())

    def _at_best(self, logits: NDArray[np.float64]) -> dict[str, float]:
        temperature = best_temperature(logits, self.clips)
        return {**summary(softmax(logits / temperature), self.clips), "temperature": temperature}

    @torch.inference_mode()
    def _heard(self, network: Callable[..., Tensor]) -> NDArray[np.float64]:
        """Mean logits of each song by a network of standardised tokens."""
        logits = []
        for first in range(0, len(self._rows), _EVALUATION_BATCH):
            x = tensors(self._store, self._rows[first : first + _EVALUATION_BATCH])
            parts = [standard(part) for standard, part in zip(self._standards, x, strict=True)]
            logits.append(network(*parts).numpy())
        return song_means(np.concatenate(logits), self._clip_of, len(self.clips))


class _Run:
    """One seed, from its checkpoint or from nothing to its best average."""

    def __init__(
        self, settings: Settings, seed: int, standards: tuple[Standard, ...], drawer: Drawer, exam: _Exam
    ) -> None:
        torch.manual_seed(seed)
        self.settings, self.recipe, self.seed = settings, settings.recipe, seed
        self.standards, self.drawer, self.exam = standards, drawer, exam
        self.mixer = _new_mixer(self.recipe)
        self.average = copy.deepcopy(self.mixer).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.mixer.parameters(), lr=1.0, weight_decay=self.recipe.weight_decay)
        self.steps = self.recipe.epochs * (self.recipe.windows_per_epoch // self.recipe.batch)
        self.step = self.epoch = 0
        self.seconds = 0.0
        self.best: dict[str, Any] = {"score": math.inf, "epoch": -1}
        self._checkpoint = settings.folder / f"checkpoint-{seed}.pt"

    def go(self) -> None:
        """Train until the epochs or the patience end."""
        if self._checkpoint.exists():
            self._resume()
        while self.epoch < self.recipe.epochs and self.epoch - self.best["epoch"] <= self.recipe.patience:
            started = time.perf_counter()
            loss = self._epoch()
            figures = self.exam.figures(self.average.eval())
            self.seconds += time.perf_counter() - started
            # Alone, and not blended: the direct path would hide that a mixer is not ready yet.
            score = figures["mixer_nll"]
            shown = self.exam.shown(figures)
            log.info("seed %d epoch %d: loss %.3f, %s, %.0f s", self.seed, self.epoch, loss, shown, self.seconds)
            if score < self.best["score"]:
                weights = copy.deepcopy(self.average.state_dict())
                self.best = {"score": score, "epoch": self.epoch, "mixer": weights, "figures": figures}
            self.epoch += 1
            _save(self._state(), self._checkpoint)
        finished = {**self.best, "standards": [s.state_dict() for s in self.standards], "seconds": self.seconds}
        _save(finished, _finished(self.settings, self.seed))
        log.info("seed %d: best epoch %d", self.seed, self.best["epoch"])

    def _epoch(self) -> float:
        self.mixer.train()
        losses = []
        for batch in self.drawer.epoch():
            for group in self.optimiser.param_groups:
                group["lr"] = self.recipe.learning_rate * _schedule(self.step / self.steps)
            loss = self._loss(batch)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.mixer.parameters(), 1.0)
            self.optimiser.step()
            self.step += 1
            decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                for mean, now in zip(self.average.parameters(), self.mixer.parameters(), strict=True):
                    mean.lerp_(now, 1 - decay)
            losses.append(loss.item())
        return float(np.mean(losses))

    def _loss(self, batch: Batch) -> Tensor:
        parts = [standard(part) for standard, part in zip(self.standards, batch.tokens, strict=True)]
        pooled = self._pooled(parts, batch.kept)
        genre = -(F.log_softmax(self.mixer.head(pooled), 1) * batch.genre).sum(1) * batch.weight
        not_music = F.binary_cross_entropy_with_logits(self.mixer.music_head(pooled)[:, 0], batch.not_music)
        return genre.mean() + self.recipe.not_music_weight * not_music

    def _pooled(self, parts: Sequence[Tensor], kept: Tensor) -> Tensor:
        """Mean over the tokens, every kept patch standing for those that were dropped."""
        recipe, mixer = self.recipe, self.mixer
        tokens = mixer.embed(parts[0], parts[1], parts[2], kept)
        patches, others = len(kept), tokens.shape[1] - len(kept)
        weights = torch.cat([torch.full((patches,), PATCHES / patches), torch.ones(others)])
        stays = torch.ones(len(weights), dtype=torch.bool)
        stays[-len(WHOLE_WIDTHS) :] = torch.rand(len(WHOLE_WIDTHS)) < recipe.keep_whole
        weights = weights[stays] / weights[stays].sum()
        return (mixer.mix(tokens[:, stays]) * weights[:, None]).sum(1)

    def _state(self) -> dict[str, Any]:
        return {
            "mixer": self.mixer.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "torch": torch.get_rng_state(),
            "numpy": self.drawer.random.bit_generator.state,
            "step": self.step,
            "epoch": self.epoch,
            "seconds": self.seconds,
            "best": self.best,
        }

    def _resume(self) -> None:
        state = torch.load(self._checkpoint, weights_only=True)
        self.mixer.load_state_dict(state["mixer"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["torch"])
        self.drawer.random.bit_generator.state = state["numpy"]
        self.step, self.epoch, self.seconds, self.best = (state[k] for k in ("step", "epoch", "seconds", "best"))
        log.info("seed %d: resumed after epoch %d", self.seed, self.epoch - 1)


def song_means(windows: NDArray[Any], song_of: NDArray[np.int64], songs: int) -> NDArray[np.float64]:
    """Mean over the windows of each song: [windows, ...] to [songs, ...]."""
    sums = np.zeros((songs, *windows.shape[1:]))
    np.add.at(sums, song_of, windows)
    counts = np.bincount(song_of, minlength=songs)
    result: NDArray[np.float64] = sums / counts.reshape(-1, *[1] * (windows.ndim - 1))
    return result


def _schedule(progress: float) -> float:
    if progress < _WARM_UP:
        return progress / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))


def _new_mixer(recipe: Recipe) -> Mixer:
    return Mixer(recipe.width, recipe.layers, recipe.heads, recipe.dropout, recipe.input_dropout)


def _empty_standards() -> tuple[Standard, Standard, Standard]:
    return Standard(PATCH_WIDTH), Standard(BEAT_WIDTH), Standard(sum(WHOLE_WIDTHS))


def _standards(store: Store, train_ids: set[str]) -> tuple[Standard, Standard, Standard]:
    rows = [row for row, clip_id in enumerate(store.ids.tolist()) if clip_id in train_ids]
    standards = _empty_standards()
    for standard, part in zip(standards, tensors(store, rows[:: max(1, len(rows) // _MEASURED_WINDOWS)]), strict=True):
        standard.measure(part)
    return standards


def _finished(settings: Settings, seed: int) -> Path:
    return settings.folder / f"mixer-{seed}.pt"


def _direct_file(settings: Settings) -> Path:
    return settings.folder / "direct.pt"


def _save(state: dict[str, Any], path: Path) -> None:
    partial = path.with_suffix(".tmp")
    torch.save(state, partial)
    partial.replace(path)


if __name__ == "__main__":
    train(command_line(__doc__))
