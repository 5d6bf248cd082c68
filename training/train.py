"""Fit the direct path, then train the mixers with their stems: one a seed, each stopped early on the choosing part.

Resumes where a killed run was: after every epoch the weights, their average, the optimiser and the random states
are written. Nothing here sees the calibrating part or `test`.

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
from training.bodies import FEATURES, HIDDEN, WHOLE_WIDTH, Upper, load_networks
from training.corpus import Clip, Corpus, label_target
from training.direct import fit_direct
from training.experiments import note
from training.metrics import best_temperature, softmax, summary
from training.mixer import Mixer, Standard
from training.probe import Probe, fit_probe
from training.settings import Recipe, Settings, command_line
from training.store import Store, clip_features
from training.targets import Targets, clip_weights, make_targets

__all__ = ["Trained", "load_trained", "song_means", "train"]

log = logging.getLogger(__name__)

_WARM_UP: Final = 0.1
_MEASURED_WINDOWS: Final = 2400
_EVALUATION_BATCH: Final = 32
_START_STRENGTH: Final = 0.003
"""C of the probe that the plain answers start from."""
_ALONE: Final = ("accepted", "macro_f1", "nll")
"""What is logged of a mixer without the direct path."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves: the direct path, the standard of the hidden layer, one mixer a seed, figures of each."""

    direct: Probe
    hidden: Standard
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
    songs = [clip for clip in clips if clip.is_music]
    choosing = [clip for clip in corpus.part("choosing") if clip.id in heard and clip.is_music]
    targets = make_targets(clips, plain, settings)
    direct = _direct(settings, targets, plain, varied)
    exam = _Exam(plain, choosing, direct, settings.recipe.direct)
    log.info("direct path alone: %s", exam.shown(exam.figures()))
    for seed in settings.recipe.seeds:
        if not _finished(settings, seed).exists():
            torch.manual_seed(seed)
            mixer = _new_mixer(settings)
            _start(mixer, plain, songs, settings.recipe)
            drawer = Drawer(targets, plain, varied, settings.recipe, seed)
            _Run(settings, seed, mixer, drawer, exam).go()
    trained = load_trained(settings)
    together = exam.figures(*trained.mixers)
    log.info("all seeds together: %s", exam.shown(together))
    if settings.idea:
        note(settings.idea, settings.expected, together, trained.seconds / 60)


def load_trained(settings: Settings) -> Trained:
    """The finished mixers of a run, in evaluation mode.

    Raises:
        FileNotFoundError: A seed is not trained yet.
    """
    states = [torch.load(_finished(settings, seed), weights_only=True) for seed in settings.recipe.seeds]
    mixers = []
    for state in states:
        mixer = _new_mixer(settings)
        mixer.load_state_dict(state["mixer"])
        mixers.append(mixer.eval().requires_grad_(False))
    figures, seconds = tuple(state["figures"] for state in states), sum(state["seconds"] for state in states)
    with np.load(_direct_file(settings)) as arrays:
        direct = Probe(*(arrays[name] for name in _PROBE))
        hidden = Standard(HIDDEN)
        hidden.mean.copy_(torch.from_numpy(arrays["hidden_mean"]))
        hidden.inverse.copy_(torch.from_numpy(arrays["hidden_inverse"]))
    return Trained(direct, hidden, tuple(mixers), figures, seconds)


_PROBE: Final = ("mean", "deviation", "weight", "bias")


def _direct(settings: Settings, targets: Targets, plain: Store, varied: Store | None) -> Probe:
    """The direct path, fitted once and kept, with the standard of the hidden layer."""
    path = _direct_file(settings)
    if not path.exists():
        probe = fit_direct(targets, plain, varied, settings.recipe)
        hidden = Standard(HIDDEN)
        first = FEATURES - WHOLE_WIDTH
        hidden.measure(torch.from_numpy(np.array(plain.features[:, first : first + HIDDEN])))
        arrays = {name: getattr(probe, name) for name in _PROBE}
        partial = path.with_suffix(".tmp.npz")
        np.savez(partial, hidden_mean=hidden.mean.numpy(), hidden_inverse=hidden.inverse.numpy(), **arrays)
        partial.replace(path)
    with np.load(path) as kept:
        return Probe(*(kept[name] for name in _PROBE))


@torch.no_grad()
def _means(mixer: Mixer, store: Store, rows: Sequence[int]) -> Tensor:
    """Mean patch and mean beat of some windows by the stems as they are, standardised, [rows, widths]."""
    parts = []
    for first in range(0, len(rows), _EVALUATION_BATCH):
        patches, beats = mixer.standardised(*tensors(store, rows[first : first + _EVALUATION_BATCH]))
        parts.append(torch.cat([patches.mean(1), beats.mean(1)], 1))
    return torch.cat(parts)


def _start(mixer: Mixer, store: Store, songs: Sequence[Clip], recipe: Recipe) -> None:
    """Standards measured on means over windows, and plain answers that begin as a probe on these means."""
    index = {clip.id: number for number, clip in enumerate(songs)}
    rows = [row for row, clip_id in enumerate(store.ids.tolist()) if clip_id in index]
    rows = rows[:: max(1, len(rows) // _MEASURED_WINDOWS)]
    means = _means(mixer, store, rows)
    width = mixer.patch_standard.mean.numel()
    mixer.patch_standard.measure(means[:, :width])
    mixer.beat_standard.measure(means[:, width:])
    heard = [songs[index[store.ids[row]]] for row in rows]
    labels = np.stack([label_target(clip, recipe.second) for clip in heard])
    standardised = _means(mixer, store, rows).numpy()
    probe = fit_probe(standardised, labels, clip_weights(heard), _START_STRENGTH, adjust=recipe.adjust)
    weight = torch.from_numpy(probe.weight / probe.deviation)
    with torch.no_grad():
        mixer.plain_patch.weight.copy_(weight[:, :width])
        mixer.plain_beat.weight.copy_(weight[:, width:])
        mixer.head.bias.copy_(torch.from_numpy(probe.bias) - weight @ torch.from_numpy(probe.mean))


class _Exam:
    """The choosing part, ready to be asked after every epoch."""

    def __init__(self, store: Store, clips: Sequence[Clip], direct: Probe, share: float) -> None:
        self.clips = clips
        order = {clip.id: index for index, clip in enumerate(clips)}
        self._rows = [row for row, clip_id in enumerate(store.ids.tolist()) if clip_id in order]
        self._clip_of = np.array([order[store.ids[row]] for row in self._rows])
        self._store, self._share = store, share
        self._direct = direct.logits(clip_features(clips, store)).astype(np.float64)

    def figures(self, *mixers: Mixer) -> dict[str, float]:
        """Figures of mixers blended with the direct path, or of that alone, at the best temperature."""
        songs = self._direct
        alone: dict[str, float] = {}
        if mixers:
            mixed = np.mean([self._heard(mixer) for mixer in mixers], axis=0)
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
    def _heard(self, mixer: Mixer) -> NDArray[np.float64]:
        """Mean logits of each song by a mixer alone."""
        logits = []
        for first in range(0, len(self._rows), _EVALUATION_BATCH):
            maps = tensors(self._store, self._rows[first : first + _EVALUATION_BATCH])
            logits.append(mixer.answer(mixer(*maps).mean(1))[0].numpy())
        return song_means(np.concatenate(logits), self._clip_of, len(self.clips))


class _Run:
    """One seed, from its checkpoint or from nothing to its best average."""

    def __init__(self, settings: Settings, seed: int, mixer: Mixer, drawer: Drawer, exam: _Exam) -> None:
        self.settings, self.recipe, self.seed = settings, settings.recipe, seed
        self.mixer, self.drawer, self.exam = mixer, drawer, exam
        self.average = copy.deepcopy(self.mixer).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(_groups(mixer, self.recipe), weight_decay=self.recipe.weight_decay)
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
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
        finished = {**self.best, "seconds": self.seconds}
        _save(finished, _finished(self.settings, self.seed))
        log.info("seed %d: best epoch %d", self.seed, self.best["epoch"])

    def _epoch(self) -> float:
        self.mixer.train()
        losses = []
        for batch in self.drawer.epoch():
            for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
                group["lr"] = rate * _schedule(self.step / self.steps)
            loss = self._loss(batch)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.mixer.parameters(), 2.0)
            self.optimiser.step()
            self.step += 1
            decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                for mean, now in zip(self.average.parameters(), self.mixer.parameters(), strict=True):
                    mean.lerp_(now, 1 - decay)
            losses.append(loss.item())
        return float(np.mean(losses))

    def _loss(self, batch: Batch) -> Tensor:
        logits, not_music_logits = self.mixer.answer(self.mixer(batch.low, batch.coarse).mean(1))
        adjusted = logits + self.recipe.adjust * self.drawer.frequencies.log()
        label_loss = -(F.log_softmax(adjusted, 1) * batch.labels).sum(1)
        teacher_loss = -(F.log_softmax(logits, 1) * batch.thought).sum(1)
        genre = batch.weight * torch.lerp(label_loss, teacher_loss, self.recipe.teacher)
        not_music = F.binary_cross_entropy_with_logits(not_music_logits, batch.not_music)
        return genre.mean() + self.recipe.not_music_weight * not_music

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


def _groups(mixer: Mixer, recipe: Recipe) -> list[dict[str, Any]]:
    """What is new at its rate, the plain answers at twice the stems', the stems slower the deeper they lie."""
    blocks = list(mixer.upper.blocks)
    groups = [
        {"params": list(block.parameters()), "lr": recipe.stem_rate * recipe.depth_decay ** (len(blocks) - 1 - depth)}
        for depth, block in enumerate(blocks)
    ]
    groups.append({"params": list(mixer.upper.beats.parameters()), "lr": recipe.stem_rate / 2})
    plain = [*mixer.plain_patch.parameters(), *mixer.plain_beat.parameters(), mixer.head.bias]
    groups.append({"params": plain, "lr": 2 * recipe.stem_rate})
    taken = {id(parameter) for group in groups for parameter in group["params"]}
    new = [parameter for parameter in mixer.parameters() if id(parameter) not in taken]
    return [*groups, {"params": new, "lr": recipe.learning_rate}]


def _new_mixer(settings: Settings) -> Mixer:
    recipe = settings.recipe
    upper = Upper(*load_networks(settings.teachers)).requires_grad_(True)
    return Mixer(upper, recipe.width, recipe.layers, recipe.heads, recipe.dropout, recipe.input_dropout)


def _finished(settings: Settings, seed: int) -> Path:
    return settings.folder / f"mixer-{seed}.pt"


def _direct_file(settings: Settings) -> Path:
    return settings.folder / "direct.npz"


def _save(state: dict[str, Any], path: Path) -> None:
    partial = path.with_suffix(".tmp")
    torch.save(state, partial)
    partial.replace(path)


if __name__ == "__main__":
    train(command_line(__doc__))
