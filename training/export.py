"""Bodies, readers and head as one ONNX graph, and the `bundle.json` that says all there is to know about it.

`bundle.json`, key by key:

- `schema_version` 1; `name`, `version`, `licence` of the weights; `notices` (name, licence, full text) that must
  travel with them; `model_sha256` of `model.onnx`.
- `labels`: genre ids in the order of the logits. `evidence`: "exact". `head_bias`: one a label; the mean of a label's
  patch scores over the tokens plus its bias is its logit.
- `inputs`: name, frames and front-end (`MelSpec.to_dict()`) of each spectrogram; both are of the same window.
  `window_s`: its length; `windows`: how many are heard of a song by default.
- `tokens`: for each token, in the order of the patch scores, the seconds and hertz that it stands for.
- `embedding_dim`: length of the pooled vector that similarity and teaching use.
- `calibration`: `temperature` by number of windows heard (the largest key holds for more), `conformal` (coverage, score
  "1-p", threshold), `not_music` (threshold on the probability, temperature of its logit), `tiers` (limit, and what was
  measured on the calibrating part: precision, precision_accepted, share).
- `tags`: for each word of the output `tags`, in its order, `id`, `en`, `zh`, the `threshold` on the mean logit over the
  windows from which it is offered (null: never; so until `training.tags` measures it), and its measured `precision`.
- `training`: when, how long, on how many clips, with which recipe, and the figures on the choosing part.

Graph: inputs `mel_32k` [n, 128, 1000] and `mel_16k` [n, 96, 626]; outputs `logits` [n, 16], `not_music` [n] (a logit),
`embedding` [n, d], `patch_scores` [n, 16, tokens], `tags` [n, words]; float32, any n.

    python -m training.export --config training/configs/base.yaml
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.bodies import MEL_16K, MEL_32K, WINDOW_S, Bodies, token_boxes
from training.corpus import LABELS, Corpus
from training.files import write_json
from training.nets.denormals import flush_denormals
from training.reader import Listener
from training.settings import Settings, command_line
from training.tag_words import entries
from training.train import Trained, load_trained

__all__ = [
    "BUNDLE_FILE",
    "MODEL_FILE",
    "PROVISIONAL",
    "bundle_folder",
    "check_graph",
    "export_bundle",
    "export_graph",
]

log = logging.getLogger(__name__)

MODEL_FILE: Final = "model.onnx"
BUNDLE_FILE: Final = "bundle.json"
OUTPUTS: Final = ("logits", "not_music", "embedding", "patch_scores", "tags")
WINDOWS: Final = 6
LICENCE: Final = "Apache-2.0"
PROVISIONAL: Final[dict[str, Any]] = {
    "temperature": {"1": 1.0},
    "conformal": {"coverage": 0.9, "score": "1-p", "threshold": 0.9},
    "not_music": {"threshold": 0.5, "temperature": 1.0},
    "tiers": {},
}
"""Stands in `bundle.json` between export and calibration."""

_OPSET: Final = 17
_TOLERANCE: Final = 1e-4
_INPUTS: Final = {"mel_32k": MEL_32K, "mel_16k": MEL_16K}
_NOTICES: Final = (
    ("EfficientAT mn04_as", "MIT", "LICENSE_EfficientAT_MIT"),
    ("sota-music-tagging-models FCN (Million Song Dataset)", "MIT", "LICENSE_minzwon_MIT"),
)


def export_bundle(settings: Settings, folder: Path) -> None:
    """Write `model.onnx` and `bundle.json` of a trained run, calibration still provisional.

    Args:
        settings: Of the run.
        folder: Of the bundle.

    Raises:
        RuntimeError: The graph does not answer as torch does, or its evidence is not exact.
    """
    trained = load_trained(settings)
    listener = Listener(Bodies(settings.teachers), trained.readers, *trained.standards).eval()
    flush_denormals(listener)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "model.onnx.tmp"
    export_graph(listener, partial, list(OUTPUTS))
    check_graph(listener, partial)
    partial.replace(folder / MODEL_FILE)
    write_json(folder / BUNDLE_FILE, _description(settings, trained, listener, folder / MODEL_FILE))
    log.info("exported %s, %d bytes", folder / MODEL_FILE, (folder / MODEL_FILE).stat().st_size)


def export_graph(module: nn.Module, path: Path, outputs: list[str]) -> None:
    """A module of the two spectrograms to ONNX, for any number of windows; the file says the sizes of its outputs."""
    import onnx

    torch.onnx.export(
        module.eval(),
        _example(2),
        str(path),
        input_names=list(_INPUTS),
        output_names=outputs,
        dynamic_axes={name: {0: "n"} for name in [*_INPUTS, *outputs]},
        opset_version=_OPSET,
        # The newer exporter would need onnxscript, one more dependency.
        dynamo=False,
    )
    # The exporter loses the sizes on the way; whoever reads the file - the product, `teach` - goes by them.
    network = onnx.load(str(path))
    with torch.inference_mode():
        answers = module(*_example(2))
    for output, answer in zip(network.graph.output, answers, strict=True):
        sizes = ["n", *answer.shape[1:]]
        output.CopyFrom(onnx.helper.make_tensor_value_info(output.name, onnx.TensorProto.FLOAT, sizes))
    onnx.checker.check_model(network)
    onnx.save(network, str(path))


def check_graph(listener: Listener, path: Path) -> None:
    """Compare the graph with torch on three windows, and its evidence with its logits.

    Raises:
        RuntimeError: They differ by more than 1e-4, relative to the largest value where that is above 1.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    example = _example(3)
    with torch.inference_mode():
        expected = [answer.numpy() for answer in listener(*example)]
    found = session.run(list(OUTPUTS), {name: mel.numpy() for name, mel in zip(_INPUTS, example, strict=True)})
    scores, bias = found[3], listener.head.bias.detach().numpy()
    gaps = {name: _gap(a, b) for name, a, b in zip(OUTPUTS, expected, found, strict=True)}
    gaps["evidence"] = float(np.abs(scores.mean(2) + bias - found[0]).max())
    log.info("graph against torch: %s", {name: f"{gap:.1e}" for name, gap in gaps.items()})
    if max(gaps.values()) > _TOLERANCE:
        raise RuntimeError(f"the exported graph differs from torch: {gaps}")


def _gap(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    return float(np.abs(expected - found).max() / max(1.0, float(np.abs(expected).max())))


def _description(settings: Settings, trained: Trained, listener: Listener, model: Path) -> dict[str, Any]:
    notices = [
        {"name": name, "licence": licence, "text": (settings.teachers / file).read_text(encoding="utf-8")}
        for name, licence, file in _NOTICES
    ]
    inputs = [
        {"name": name, "frames": spec.frames(round(WINDOW_S * spec.sample_rate)), "frontend": spec.to_dict()}
        for name, spec in _INPUTS.items()
    ]
    return {
        "schema_version": 1,
        "name": settings.name,
        "version": settings.version,
        "licence": LICENCE,
        "notices": notices,
        "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "labels": list(LABELS),
        "evidence": "exact",
        "head_bias": listener.head.bias.tolist(),
        "inputs": inputs,
        "window_s": WINDOW_S,
        "windows": WINDOWS,
        "tokens": token_boxes(),
        "embedding_dim": listener.head.in_features,
        "calibration": PROVISIONAL,
        "tags": entries(),
        "training": _summary(settings, trained),
    }


def _summary(settings: Settings, trained: Trained) -> dict[str, Any]:
    corpus = Corpus(settings.corpus, settings.seed)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(trained.seconds),
        "clips": len(corpus.part("train")),
        "seed": settings.seed,
        "recipe": asdict(settings.recipe),
        "choosing": [{name: round(value, 4) for name, value in figures.items()} for figures in trained.figures],
    }


def _example(windows: int) -> tuple[torch.Tensor, ...]:
    """Spectrograms of noise, in the range of real ones."""
    random = torch.Generator().manual_seed(windows)
    shapes = [(windows, spec.mels, spec.frames(round(WINDOW_S * spec.sample_rate))) for spec in _INPUTS.values()]
    ranges = ((0.0, 1.0), (-20.0, 15.0))
    return tuple(a + b * torch.randn(shape, generator=random) for shape, (a, b) in zip(shapes, ranges, strict=True))


def bundle_folder(settings: Settings) -> Path:
    """Where the shipped bundle of this name lies."""
    return Path(__file__).resolve().parents[1] / "src" / "genrelens" / "models" / settings.name


if __name__ == "__main__":
    chosen = command_line(__doc__)
    export_bundle(chosen, bundle_folder(chosen))
