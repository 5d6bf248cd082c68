"""What a run is made from: one YAML file, checked once, seeds inside."""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from training.corpus import corpus_folder

__all__ = ["Recipe", "Settings", "command_line", "read_settings"]


@dataclass(frozen=True)
class Recipe:
    """How the readers are trained.

    Attributes:
        width: Of a reader's hidden layer.
        seeds: One reader a seed; their heads are one linear head over all of them.
        epochs: At most.
        batch: Windows a step.
        patches: Patches of a window that a step looks at.
        learning_rate: At its peak, after warm-up, before the cosine.
        weight_decay: Of AdamW.
        dropout: On the hidden layer.
        input_dropout: On patches and features.
        mixup: Alpha of the beta distribution; 0 for none.
        teacher: Share of the loss that is about out-of-fold probabilities.
        second: Share of a label that goes to the second label.
        adjust: How much of the logarithm of the genres' frequencies is added to the logits while labels are learnt, and
            not when asked (logit adjustment, Menon et al. 2021).
        not_music_weight: Of the not-music loss.
        patience: Epochs without improvement on the choosing part before stopping.
    """

    width: int = 256
    seeds: tuple[int, ...] = (1,)
    epochs: int = 20
    batch: int = 128
    patches: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.3
    dropout: float = 0.5
    input_dropout: float = 0.3
    mixup: float = 0.4
    teacher: float = 0.3
    second: float = 0.3
    adjust: float = 0.75
    not_music_weight: float = 0.3
    patience: int = 20


@dataclass(frozen=True)
class Settings:
    """One run.

    Attributes:
        name: Of the bundle.
        version: Of the bundle.
        seed: Of the cut of `validation`, of crops and of folds.
        corpus: Folder of the corpus.
        runs: Folder for everything that is made on the way; outside git.
        workers: Processes that decode and hear.
        threads: Threads of torch.
        crops: Augmented crops a train clip.
        synthetic: Synthetic sounds that are not music.
        share: Of the artists of train that are learnt from, for the learning curve.
        without: Sources that are not learnt from, nor their artists elsewhere, to be asked about afterwards.
        recipe: How the readers are trained.
        idea: What this run tries; a run with an idea adds a line to docs/experiments.md.
        expected: What the idea is expected to give.
    """

    name: str = "genrelens-base"
    version: str = "0.1.0"
    seed: int = 20261125
    corpus: Path = field(default_factory=corpus_folder)
    runs: Path = Path(__file__).parent / "runs"
    workers: int = 1
    threads: int = 1
    crops: int = 3
    synthetic: int = 140
    share: float = 1.0
    without: tuple[str, ...] = ()
    recipe: Recipe = Recipe()
    idea: str = ""
    expected: str = ""

    @property
    def teachers(self) -> Path:
        """Folder of the published networks."""
        return self.corpus / "teachers"

    @property
    def stores(self) -> Path:
        """Folder of the token caches; it depends on the seed and the crops alone, so that recipes share it."""
        return self.runs / f"store-{self.seed}-{self.crops}-{self.synthetic}"

    @property
    def folder(self) -> Path:
        """Folder of this run's checkpoints and log."""
        return self.runs / self.name


def read_settings(path: Path) -> Settings:
    """Read a run's YAML file.

    Raises:
        ValueError: A key that is not known.
    """
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    recipe = values.pop("recipe", {})
    recipe["seeds"] = tuple(recipe.get("seeds", Recipe.seeds))
    _known(Settings, values)
    values.update({name: Path(values[name]) for name in ("corpus", "runs") if name in values})
    _known(Recipe, recipe)
    return Settings(**values, recipe=Recipe(**recipe))


def command_line(description: str | None) -> Settings:
    """The settings that a step's command line names; sets up the log and torch's threads on the way."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path(__file__).parent / "configs" / "base.yaml")
    settings = read_settings(parser.parse_args().config)
    prepare(settings)
    return settings


def prepare(settings: Settings) -> None:
    """Log to the terminal and to the run's folder; set threads."""
    import torch

    settings.folder.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.StreamHandler(), logging.FileHandler(settings.folder / "log.txt")]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", handlers=handlers)
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.threads))
    torch.set_num_threads(settings.threads)
    torch.set_flush_denormal(True)


def _known(kind: type[Any], values: dict[str, Any]) -> None:
    unknown = set(values) - {item.name for item in fields(kind)}
    if unknown:
        raise ValueError(f"unknown settings {sorted(unknown)}; known: {sorted(item.name for item in fields(kind))}")
