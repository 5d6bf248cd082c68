"""Is the map of evidence true to the model? Exact sums, deletion and insertion, and weights put in disorder.

- *Sums*: the mean of a window's patch scores and the bias are the logit; the largest difference over clips and genres.
- *Deletion and insertion* (Petsiuk et al. 2018, "RISE"): patches of both input spectrograms are taken away in the order
  of the map, the strongest first, until nothing is left, or put into an empty window. Taken away means: every band at
  its mean over the window, so that the sound's colour stays and its events go. The area under the window's logit of the
  explained genre, its first (what patch scores add up to), and under its probability: small is good for deletion,
  large for insertion. Against them patches ordered by energy (the mean of the network's log-mel in the patch, the
  loudest first) and at random (the mean of three orders a clip). Differences are paired by clip, with 95 % bootstrap
  intervals.
- *Weights in disorder* (Adebayo et al. 2018, "Sanity Checks for Saliency Maps"): the initialisers of the network, or
  those after the frozen bodies alone, each shuffled in itself. The maps of the same genre must no longer correlate.

What the map shows (`genrelens.insight.evidence.shown_scores`) was chosen among the candidates of `--choose` on the part
of `validation` that chooses. `test` is for the last run.

    python -m benchmarks.evidence [--split test] [--clips 100] [--choose] [--json FILE]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song, read_song
from genrelens.errors import AudioError
from genrelens.insight.evidence import patch_energy, shown_scores, spectrogram
from genrelens.listening.bundle import Bundle, MelInput
from genrelens.listening.certainty import window_probabilities
from genrelens.listening.ear import Ear
from genrelens.listening.frontend import level_gain, log_mel, resample_windows
from genrelens.listening.model import Model, load_model
from training.corpus import Corpus, corpus_folder

__all__ = ["areas", "candidates", "disordered", "main"]

STEPS: Final = (0, 8, 16, 32, 64, 96, 128)
_RANDOM: Final = 3
_SEED: Final = 20

Floats = NDArray[np.float32]
Map = NDArray[np.float64]
Mels = dict[str, Floats]


def candidates(scores: Floats, label: int, energy: Map) -> dict[str, Map]:
    """Maps of one window that might be shown, by name."""
    contrast = scores[label].astype(np.float64) - np.delete(scores, label, axis=0).mean(axis=0)
    along = np.pad(contrast.reshape(4, -1), ((0, 0), (1, 1)), mode="edge")
    smooth = (along[:, :-2] + 4 * along[:, 1:-1] + along[:, 2:]).ravel() / 6

    def standard(values: Map) -> Map:
        result: Map = (values - values.mean()) / (values.std() + 1e-9)
        return result

    return {
        "raw": scores[label].astype(np.float64),
        "contrast": contrast,
        "smooth": smooth,
        "contrast+energy/4": standard(contrast) + 0.25 * standard(energy),
        "contrast+energy/2": standard(contrast) + 0.5 * standard(energy),
        "smooth+energy/2": standard(smooth) + 0.5 * standard(energy),
        "audible": (contrast - contrast.mean()) * _loudness(energy),
    }


def _loudness(energy: Map) -> Map:
    low, high = np.quantile(energy, [0.05, 0.95])
    share: Map = np.clip((energy - low) / max(high - low, 1e-9), 0, 1)
    return share


class _Window:
    """One clip's middle window as the network sees it, with its patches as cells of every input."""

    def __init__(self, model: Model, ear: Ear, song: Song) -> None:
        bundle = model.bundle
        mono = song.mono()
        size = round(bundle.window_s * bundle.sample_rate)
        begin = max(0, (len(mono) - size) // 2)
        sound = (np.resize(mono[begin : begin + size], size) * np.float32(level_gain(mono)))[None]
        items = [item for item in bundle.inputs if isinstance(item, MelInput)]
        self.mels: Mels = {
            item.name: log_mel(resample_windows(sound, bundle.sample_rate, item.spec.sample_rate), item.spec)[0]
            for item in items
        }
        self.empty: Mels = {
            name: np.repeat(mel.mean(axis=1, keepdims=True), mel.shape[1], axis=1) for name, mel in self.mels.items()
        }
        self.cells = {item.name: _cells(bundle, item) for item in items}
        self.bundle, self.ear = bundle, ear
        start_s = song.start_s + begin / song.sample_rate
        part = song.part(start_s, start_s + bundle.window_s)
        self.loudness = patch_energy(*spectrogram(part), part.duration_s, bundle.patches)
        self.hearing = ear.hear({name: mel[None] for name, mel in self.mels.items()})
        self.label = int(np.argmax(self.hearing.logits[0]))
        first = items[0].name
        self.energy: Map = np.array(
            [self.mels[first][self.cells[first] == index].mean() for index in range(len(bundle.patches))], np.float64
        )

    def curves(self, order: NDArray[np.intp]) -> dict[str, float]:
        """Areas of deletion and insertion for patches in an order: of the logit and of the probability."""
        changed: dict[str, list[Floats]] = {name: [] for name in self.mels}
        for start, end in ((self.mels, self.empty), (self.empty, self.mels)):
            for count in STEPS:
                for name, cells in self.cells.items():
                    inside = np.isin(cells, order[:count])
                    changed[name].append(np.where(inside, end[name], start[name]))
        logits = self.ear.hear({name: np.stack(mels) for name, mels in changed.items()}).logits
        told = {
            "logit": logits[:, self.label].astype(np.float64),
            "probability": window_probabilities(logits, self.bundle.calibration)[:, self.label],
        }
        share, half = np.array(STEPS) / STEPS[-1], len(STEPS)
        return {
            f"{mode}_{kind}": float(np.trapezoid(values[part], share))
            for kind, values in told.items()
            for mode, part in (("deletion", slice(0, half)), ("insertion", slice(half, None)))
        }


def _cells(bundle: Bundle, item: MelInput) -> NDArray[np.intp]:
    """Which patch each cell of an input belongs to, [mels, frames]; bands above all patches to the highest."""
    centres = item.spec.band_edges_hz()[1:-1]
    times = np.arange(item.frames) * item.spec.hop / item.spec.sample_rate
    cells = np.full((item.spec.mels, item.frames), -1, np.intp)
    for index, patch in enumerate(bundle.patches):
        rows = (centres >= patch.f0_hz) & (centres < patch.f1_hz)
        columns = (times >= patch.t0_s) & (times < patch.t1_s + (patch.t1_s >= bundle.window_s))
        cells[np.ix_(rows, columns)] = index
    return cells


def areas(window: _Window, maps: Mapping[str, Map], dice: np.random.Generator) -> dict[str, dict[str, float]]:
    """Map name -> areas; `energy` and `random` come with them."""
    rows = {name: window.curves(np.argsort(-shown, kind="stable")) for name, shown in maps.items()}
    rows["energy"] = window.curves(np.argsort(-window.energy, kind="stable"))
    shuffled = [window.curves(dice.permutation(len(window.energy))) for _ in range(_RANDOM)]
    rows["random"] = {key: float(np.mean([row[key] for row in shuffled])) for key in shuffled[0]}
    return rows


def disordered(bundle: Bundle, folder: Path, *, readers_only: bool, seed: int) -> Model:
    """A copy of the bundle whose weights are each shuffled in itself: all of them, or those after the bodies."""
    import onnx
    from onnx import numpy_helper

    network = onnx.load(str(bundle.model_path))
    dice = np.random.default_rng(seed)
    for tensor in network.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 2 or (readers_only and _in_bodies(tensor.name)):
            continue
        mixed = dice.permutation(values.ravel()).reshape(values.shape)
        tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
    folder.mkdir(parents=True)
    onnx.save(network, str(folder / "model.onnx"))
    described = json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))
    described["model_sha256"] = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    (folder / "bundle.json").write_text(json.dumps(described), encoding="utf-8")
    return load_model(folder, device="cpu")


def _in_bodies(name: str) -> bool:
    """Whether an initialiser is of the frozen networks: the exporter renames the convolutions that it folds."""
    return name.startswith("bodies.") or "Conv" in name


def _windows(model: Model, split: str, count: int) -> Iterator[_Window]:
    corpus = Corpus(corpus_folder(), seed=0)
    clips = [clip for clip in corpus.part(split) if clip.is_music]
    ear = Ear(model.bundle, "cpu")
    for index in np.random.default_rng(_SEED).permutation(len(clips))[:count]:
        try:
            song = read_song(corpus.read(clips[index]), sample_rate=model.bundle.sample_rate)
        except AudioError:
            continue
        yield _Window(model, ear, song)


def _shown(window: _Window, choose: bool) -> dict[str, Map]:
    scores = window.hearing.patch_scores
    assert scores is not None
    if choose:
        return candidates(scores[0], window.label, window.loudness.astype(np.float64))
    return {"shown": shown_scores(scores[0], window.label, window.loudness).astype(np.float64)}


def _off(window: _Window) -> float:
    """How far the mean patch score and the bias are from the logit, the worst genre."""
    scores = window.hearing.patch_scores
    assert scores is not None
    sums = scores[0].mean(axis=1, dtype=np.float64) + np.array(window.bundle.head_bias)
    return float(np.abs(sums - window.hearing.logits[0]).max())


def _against(rows: list[dict[str, dict[str, float]]], name: str, other: str, key: str) -> list[float]:
    """Mean difference of a map's area from another's, and its 95 % interval (paired bootstrap over clips)."""
    gap = np.array([row[name][key] - row[other][key] for row in rows])
    again = np.random.default_rng(0).integers(0, len(gap), (5000, len(gap)))
    low, high = np.quantile(gap[again].mean(axis=1), [0.025, 0.975])
    return [round(float(value), 4) for value in (gap.mean(), low, high)]


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4)


def _likeness(one: Floats, other: Floats) -> float:
    return 0.0 if one.std() < 1e-9 or other.std() < 1e-9 else float(np.corrcoef(one, other)[0, 1])


def measure(split: str, count: int, choose: bool) -> dict[str, Any]:
    """Everything: sums, areas with their differences, correlations."""
    model = load_model(device="cpu")
    dice = np.random.default_rng(1)
    rows, off, maps = [], [], []
    for window in _windows(model, split, count):
        shown = _shown(window, choose)
        rows.append(areas(window, shown, dice))
        off.append(_off(window))
        if not choose:
            maps.append((window, shown["shown"]))
    keys = list(rows[0]["energy"])
    names = list(rows[0])
    report: dict[str, Any] = {
        "split": split,
        "clips": len(rows),
        "largest_difference_from_logit": max(off),
        "areas": {name: {key: _mean([row[name][key] for row in rows]) for key in keys} for name in names},
        "differences": {
            f"{name} - {other}": {key: _against(rows, name, other, key) for key in keys}
            for name in names[:-2] for other in ("energy", "random")
        },
    }  # fmt: skip
    return report if choose else {**report, "disordered": _disorder(model, maps)}


def _disorder(model: Model, maps: list[tuple[_Window, Map]]) -> dict[str, dict[str, float]]:
    """Correlation of the maps with those of shuffled weights: the absolute value's mean over clips, and the mean."""
    result = {}
    for name, readers_only in (("all weights", False), ("readers and head", True)):
        with tempfile.TemporaryDirectory() as folder:
            ear = Ear(disordered(model.bundle, Path(folder, "bundle"), readers_only=readers_only, seed=5).bundle, "cpu")
        alike = []
        for window, shown in maps:
            scores = ear.hear({key: mel[None] for key, mel in window.mels.items()}).patch_scores
            assert scores is not None
            alike.append(_likeness(shown_scores(scores[0], window.label, window.loudness), shown.astype(np.float32)))
        result[name] = {
            "absolute_mean": round(float(np.mean(np.abs(alike))), 4),
            "mean": round(float(np.mean(alike)), 4),
        }
    return result


def main() -> None:
    """Print the report as JSON, the areas as a table first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("test", "choosing"), default="test")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--choose", action="store_true", help="compare the candidates; only on the choosing part")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.choose and options.split == "test":
        parser.error("--choose needs --split choosing")
    report = measure(options.split, options.clips, options.choose)
    for name, row in report["areas"].items():
        print(f"{name:20}" + "".join(f"{key} {value:7.3f}   " for key, value in row.items()))
    print(json.dumps(report, indent=2))
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
