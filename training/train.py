"""Train the readers, one a seed, each stopped early on the choosing part.

Resumes where a killed run was: after every epoch the weights, the optimiser and the random states are written. Nothing
here sees the calibrating part or `test`.

    python -m training.train --config training/configs/base.yaml
"""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from training.batches import Batch, Drawer, tensors
from training.bodies import FEATURES, PATCH_WIDTH
from training.corpus import Clip, Corpus, folds
from training.experiments import note
from training.metrics import best_temperature, softmax, summary
from training.reader import Reader, Standard
from training.settings import Settings, command_line
from training.store import Store
from training.targets import make_targets

__all__ = ["Standards", "Trained", "load_trained", "song_logits", "song_means", "train", "train_clips"]

log = logging.getLogger(__name__)

_WARM_UP: Final = 0.1
_MEASURED_WINDOWS: Final = 2400
_EVALUATION_BATCH: Final = 64
_PARTS: Final = 20
"""Into which train can be cut, by artist."""

Standards = tuple[Standard, Standard]
"""Of patches and of features."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves: the standards, one reader a seed, figures of each."""

    standards: Standards
    readers: tuple[Reader, ...]
    figures: tuple[dict[str, float], ...]
    seconds: float


def train(settings: Settings) -> None:
    """Train every seed of the recipe that is not trained yet."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    plain = Store.open(settings.stores / "plain")
    varied = settings.stores / "varied"
    stores = [plain, Store.open(varied)] if (varied / "ids.json").exists() else [plain]
    corpus = Corpus(settings.corpus, settings.seed)
    heard = set(plain.ids.tolist())
    clips = [clip for clip in train_clips(settings) if clip.id in heard]
    choosing = [clip for clip in corpus.part("choosing") if clip.id in heard and clip.is_music]
    targets = make_targets(clips, plain, settings)
    standards = _standards(settings, plain)
    exam = _Exam(plain, choosing, standards)
    for seed in settings.recipe.seeds:
        if not _finished(settings, seed).exists():
            torch.manual_seed(seed)
            drawer = Drawer(targets, stores, settings.recipe, seed)
            _Run(settings, seed, drawer, exam).go()
    trained = load_trained(settings)
    together = exam.figures(*trained.readers)
    log.info("all seeds together: %s", exam.shown(together))
    if settings.idea:
        note(settings.idea, settings.expected, together, trained.seconds / 60)


def train_clips(settings: Settings) -> list[Clip]:
    """The train clips that are learnt from; all, unless a learning curve or unseen sources are measured."""
    clips = Corpus(settings.corpus, settings.seed).part("train")
    part = folds([clip.group for clip in clips], _PARTS, settings.seed)
    clips = [clip for clip, number in zip(clips, part, strict=True) if number < round(settings.share * _PARTS)]
    artists = {clip.group for clip in clips if clip.source in settings.without}
    return [clip for clip in clips if clip.source not in settings.without and clip.group not in artists]


def load_trained(settings: Settings) -> Trained:
    """The finished readers of a run, in evaluation mode.

    Raises:
        FileNotFoundError: A seed is not trained yet.
    """
    states = [torch.load(_finished(settings, seed), weights_only=True) for seed in settings.recipe.seeds]
    readers = []
    for state in states:
        reader = _new_reader(settings)
        reader.load_state_dict(state["reader"])
        readers.append(reader.eval().requires_grad_(False))
    figures, seconds = tuple(state["figures"] for state in states), sum(state["seconds"] for state in states)
    return Trained(_standards(settings, None), tuple(readers), figures, seconds)


def _standards(settings: Settings, store: Store | None) -> Standards:
    """Measured once on the plain windows, and kept."""
    path = settings.folder / "standards.pt"
    standards = Standard(PATCH_WIDTH), Standard(FEATURES)
    if not path.exists() and store is not None:
        rows = range(0, len(store.ids), max(1, len(store.ids) // _MEASURED_WINDOWS))
        for standard, values in zip(standards, tensors(store, rows), strict=True):
            standard.measure(values)
        _save([standard.state_dict() for standard in standards], path)
    for standard, state in zip(standards, torch.load(path, weights_only=True), strict=True):
        standard.load_state_dict(state)
    return standards


class _Exam:
    """The choosing part, ready to be asked after every epoch."""

    def __init__(self, store: Store, clips: Sequence[Clip], standards: Standards) -> None:
        self.clips, self.standards, self._store = clips, standards, store

    def figures(self, *readers: Reader) -> dict[str, float]:
        """Figures of one reader, or of several together, at the best temperature."""
        logits = song_logits(readers, self.standards, self._store, self.clips)
        temperature = best_temperature(logits, self.clips)
        return {**summary(softmax(logits / temperature), self.clips), "temperature": temperature}

    @staticmethod
    def shown(figures: dict[str, float]) -> str:
        """Figures in one line."""
        return " ".join(f"{name} {value:.3f}" for name, value in figures.items())


class _Run:
    """One seed, from its checkpoint or from nothing to its best epoch."""

    def __init__(self, settings: Settings, seed: int, drawer: Drawer, exam: _Exam) -> None:
        self.settings, self.recipe, self.seed = settings, settings.recipe, seed
        self.drawer, self.exam = drawer, exam
        self.reader = _new_reader(settings)
        self.optimiser = torch.optim.AdamW(
            self.reader.parameters(), self.recipe.learning_rate, weight_decay=self.recipe.weight_decay
        )
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
            figures = self.exam.figures(self.reader.eval())
            self.seconds += time.perf_counter() - started
            shown = self.exam.shown(figures)
            log.info("seed %d epoch %d: loss %.3f, %s, %.0f s", self.seed, self.epoch, loss, shown, self.seconds)
            if figures["nll"] < self.best["score"]:
                weights = copy.deepcopy(self.reader.state_dict())
                self.best = {"score": figures["nll"], "epoch": self.epoch, "reader": weights, "figures": figures}
            self.epoch += 1
            _save(self._state(), self._checkpoint)
        _save({**self.best, "seconds": self.seconds}, _finished(self.settings, self.seed))
        log.info("seed %d: best epoch %d", self.seed, self.best["epoch"])

    def _epoch(self) -> float:
        self.reader.train()
        losses = []
        steps = self.recipe.epochs * self.drawer.steps
        for batch in self.drawer.epoch():
            for group in self.optimiser.param_groups:
                group["lr"] = self.recipe.learning_rate * _schedule(self.step / steps)
            loss = self._loss(batch)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            self.step += 1
            losses.append(loss.item())
        return float(np.mean(losses))

    def _loss(self, batch: Batch) -> Tensor:
        patches, features = (
            standard(x) for standard, x in zip(self.exam.standards, (batch.patches, batch.features), strict=True)
        )
        logits, not_music_logits = self.reader.answer(self.reader(patches, features).mean(1))
        adjusted = logits + self.recipe.adjust * self.drawer.frequencies.log()
        label_loss = -(F.log_softmax(adjusted, 1) * batch.labels).sum(1)
        teacher_loss = -(F.log_softmax(logits, 1) * batch.thought).sum(1)
        genre = batch.weight * torch.lerp(label_loss, teacher_loss, self.recipe.teacher)
        not_music = F.binary_cross_entropy_with_logits(not_music_logits, batch.not_music)
        return genre.mean() + self.recipe.not_music_weight * not_music

    def _state(self) -> dict[str, Any]:
        return {
            "reader": self.reader.state_dict(),
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
        self.reader.load_state_dict(state["reader"])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["torch"])
        self.drawer.random.bit_generator.state = state["numpy"]
        self.step, self.epoch, self.seconds, self.best = (state[k] for k in ("step", "epoch", "seconds", "best"))
        log.info("seed %d: resumed after epoch %d", self.seed, self.epoch - 1)


@torch.inference_mode()
def song_logits(
    readers: Sequence[Reader], standards: Standards, store: Store, clips: Sequence[Clip]
) -> NDArray[np.float64]:
    """Mean logits of clips over their windows and over readers in evaluation mode, [clips, labels]."""
    order = {clip.id: index for index, clip in enumerate(clips)}
    rows = [row for row, clip_id in enumerate(store.ids.tolist()) if clip_id in order]
    logits = []
    for first in range(0, len(rows), _EVALUATION_BATCH):
        parts = tensors(store, rows[first : first + _EVALUATION_BATCH])
        patches, features = (standard(x) for standard, x in zip(standards, parts, strict=True))
        answers = [reader.answer(reader(patches, features).mean(1))[0].numpy() for reader in readers]
        logits.append(np.mean(answers, axis=0))
    return song_means(np.concatenate(logits), np.array([order[store.ids[row]] for row in rows]), len(clips))


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


def _new_reader(settings: Settings) -> Reader:
    recipe = settings.recipe
    return Reader(recipe.width, recipe.dropout, recipe.input_dropout)


def _finished(settings: Settings, seed: int) -> Path:
    return settings.folder / f"reader-{seed}.pt"


def _save(state: Any, path: Path) -> None:
    partial = path.with_suffix(".tmp")
    torch.save(state, partial)
    partial.replace(path)


if __name__ == "__main__":
    train(command_line(__doc__))
