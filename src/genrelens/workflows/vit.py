"""ViT-B/16 with torchvision's names for its weights, without torchvision: the only module that touches torch.

It is imported by `import_checkpoint` once torch is known to be there. The shape of the network (layers, patch, size of
the picture, head) is read from the state dict; whatever does not fit the layout is named, nothing is guessed.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genrelens.errors import CheckpointError

__all__ = ["Checkpoint", "answers", "ccmusic_widths", "export", "read_checkpoint"]

Floats = NDArray[np.float32]

WIDTH: Final = 768
"""Of a ViT-B's tokens."""

_HEADS: Final = 12
_EPSILON: Final = 1e-6
"""Of torchvision's layer norms; torch's own default is another."""
_OPSET: Final = 17
_WRAPPERS: Final = ("state_dict", "model_state_dict", "model")
_HEAD_KEY: Final = re.compile(r"(?P<place>heads\.head|heads|classifier)(?:\.(?P<index>\d+))?\.(?P<kind>weight|bias)")
_OLDER_NAMES: Final = {".mlp.linear_1.": ".mlp.0.", ".mlp.linear_2.": ".mlp.3."}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that fits, ready to answer.

    Attributes:
        network: Pictures [n, 3, size, size] to logits [n, classes] and embedding [n, 768].
        layers: Of the encoder.
        size: Width and height of the pictures, pixels.
        classes: Number of logits.
        head: "linear", or "ccmusic" for the four layers of the CCMUSIC evaluation.
    """

    network: nn.Module
    layers: int
    size: int
    classes: int
    head: Literal["linear", "ccmusic"]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a state dict in the layout of torchvision's `vit_b_16`.

    Args:
        path: Written by `torch.save(model.state_dict(), path)`; a dict that holds it under `state_dict` or `model`, and
            names that start with `module.`, are taken, too. Only tensors are unpickled, never code.

    Raises:
        CheckpointError: `CHECKPOINT_UNREADABLE`, or `CHECKPOINT_UNKNOWN` where it is another network.
    """
    weights = _named(_load(path))
    head, place = _head(weights)
    body = {name: tensor for name, tensor in weights.items() if not name.startswith(f"{place}.")}
    layers, patch, size, hidden = _geometry(body)
    with torch.device("meta"):  # no memory and no random numbers for what is replaced at once
        network = _VisionTransformer(layers, patch, size, hidden, [len(bias) for _, bias in head])
    for number, (weight, bias) in enumerate(head):
        body |= {f"heads.{2 * number}.weight": weight, f"heads.{2 * number}.bias": bias}
    _check_shapes(network, body)
    network.load_state_dict({name: tensor.float() for name, tensor in body.items()}, assign=True)
    return Checkpoint(
        network.eval().requires_grad_(False), layers, size, len(head[-1][1]), "linear" if len(head) == 1 else "ccmusic"
    )


def answers(checkpoint: Checkpoint, pictures: Floats) -> tuple[Floats, Floats]:
    """Torch's own answer for [n, 3, size, size]: logits [n, classes] and embedding [n, 768]."""
    with torch.inference_mode():
        logits, embedding = checkpoint.network(torch.from_numpy(pictures))
    return logits.numpy(), embedding.numpy()


def export(checkpoint: Checkpoint, path: Path) -> None:
    """Write the ONNX file: input `picture`, outputs `logits` and `embedding`, any number of pictures."""
    names = ["picture", "logits", "embedding"]
    with warnings.catch_warnings():
        # The newer exporter would need onnxscript, one more dependency; this one says that it is the older one.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            checkpoint.network,
            (torch.zeros(2, 3, checkpoint.size, checkpoint.size),),
            str(path),
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes={name: {0: "n"} for name in names},
            opset_version=_OPSET,
            dynamo=False,
        )
    _say_width(path)


def _say_width(path: Path) -> None:
    """The exporter loses the width of the embedding on its way; `teach` asks the file for it."""
    import onnx

    network = onnx.load(str(path))
    for output in network.graph.output:
        if output.name == "embedding":
            output.type.tensor_type.shape.dim[1].dim_value = WIDTH
    onnx.save(network, str(path))


def ccmusic_widths(classes: int) -> list[int]:
    """Outputs of the four linear layers of the CCMUSIC evaluation's head: l3, l2, l1, classes."""
    factor = (WIDTH / classes) ** 0.25
    first = int(factor * classes)
    second = int(factor * first)
    return [int(factor * second), second, first, classes]


def _load(path: Path) -> Any:
    if not path.is_file():
        raise CheckpointError("CHECKPOINT_UNREADABLE", f"{path.name} is not there or is no file")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise CheckpointError(
            "CHECKPOINT_UNREADABLE", f"{path.name} is no PyTorch checkpoint, or holds more than weights"
        ) from None
    except Exception as error:  # torch.load fails in as many ways as there are files
        told = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise CheckpointError("CHECKPOINT_UNREADABLE", f"{path.name} cannot be read: {told}") from None


def _named(values: Any) -> dict[str, torch.Tensor]:
    """The tensors by torchvision's present names."""
    for key in _WRAPPERS:
        if isinstance(values, Mapping) and isinstance(values.get(key), Mapping):
            values = values[key]
    if not isinstance(values, Mapping) or not values:
        raise _unknown(f"it holds a {type(values).__name__}, not the weights of a network by name")
    weights = {}
    for key, tensor in values.items():
        if not isinstance(tensor, torch.Tensor):
            raise _unknown(f"{str(key)[:80]} is no tensor")
        name = str(key).removeprefix("module.")
        for old, new in _OLDER_NAMES.items():
            name = name.replace(old, new)
        weights[name] = tensor
    broken = next((name for name, tensor in weights.items() if not bool(torch.isfinite(tensor).all())), None)
    if broken is not None:
        raise CheckpointError("CHECKPOINT_UNREADABLE", f"{broken} holds values that are no numbers")
    return weights


def _head(weights: Mapping[str, torch.Tensor]) -> tuple[list[tuple[torch.Tensor, torch.Tensor]], str]:
    """Weight and bias of each linear layer of the head, in order, and what their names start with."""
    places: dict[str, dict[int, dict[str, torch.Tensor]]] = {}
    for name, tensor in weights.items():
        if found := _HEAD_KEY.fullmatch(name):
            layers = places.setdefault(found["place"], {})
            layers.setdefault(int(found["index"] or 0), {})[found["kind"]] = tensor
    if len(places) != 1:
        told = " and ".join(sorted(places)) or "none"
        raise _unknown(f"it takes one head, heads.head, heads or classifier, and there is {told}")
    place, layers = next(iter(places.items()))
    shapes = [[tuple(tensor.shape) for _, tensor in sorted(layers[index].items())] for index in sorted(layers)]
    linear = [layers[index] for index in sorted(layers)]
    outputs = [shape[0][0] for shape in shapes if len(shape) == 2 and len(shape[0]) == 1]
    fits = shapes == [[(out,), (out, width)] for width, out in zip([WIDTH, *outputs], outputs, strict=False)]
    if not fits or outputs[-1] < 2 or (len(outputs) > 1 and outputs != ccmusic_widths(outputs[-1])):
        raise _unknown(
            f"the layers of its head, {shapes}, are neither one linear layer on {WIDTH} values nor those of CCMUSIC's"
        )
    return [(layer["weight"], layer["bias"]) for layer in linear], place


def _geometry(body: Mapping[str, torch.Tensor]) -> tuple[int, int, int, int]:
    """Layers, patch, size of the picture (pixels), and width inside the perceptrons."""
    layers = len({name.split(".")[2] for name in body if name.startswith("encoder.layers.encoder_layer_")})
    shapes = {
        name: tuple(body[name].shape) if name in body else ()
        for name in ("conv_proj.weight", "encoder.pos_embedding", "encoder.layers.encoder_layer_0.mlp.0.weight")
    }
    kernel, places, inner = shapes.values()
    if len(kernel) != 4 or len(places) != 3 or len(inner) != 2 or kernel[:2] != (WIDTH, 3) or kernel[2] != kernel[3]:
        raise _unknown(f"{', '.join(f'{name} {list(shape)}' for name, shape in shapes.items())}")
    grid = round(max(0, places[1] - 1) ** 0.5)
    if grid * grid != places[1] - 1:
        raise _unknown(f"{places[1] - 1} patches are no square")
    return layers, kernel[2], grid * kernel[2], inner[0]


def _check_shapes(network: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if expected == found:
        return
    wrong = sorted(name for name in expected | found if expected.get(name) != found.get(name))
    told = "; ".join(f"{name}: expected {expected.get(name)}, found {found.get(name)}" for name in wrong[:3])
    raise _unknown(f"{len(wrong)} of its tensors do not fit ({told[:400]})", {"names": wrong})


def _unknown(told: str, details: Mapping[str, Any] | None = None) -> CheckpointError:
    return CheckpointError("CHECKPOINT_UNKNOWN", f"this is no state dict of a vit_b_16: {told}", details=details)


class _Attention(nn.Module):
    """Self-attention with the weights of `nn.MultiheadAttention`, written out so that it can be exported."""

    def __init__(self) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * WIDTH, WIDTH))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * WIDTH))
        self.out_proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        n, count, _ = tokens.shape
        depth = WIDTH // _HEADS
        joined = nn.functional.linear(tokens, self.in_proj_weight, self.in_proj_bias)
        query, key, value = joined.reshape(n, count, 3, _HEADS, depth).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (query * depth**-0.5 @ key.transpose(2, 3)).softmax(-1)
        return self.out_proj((weights @ value).transpose(1, 2).reshape(n, count, WIDTH))


class _Layer(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.self_attention = _Attention()
        self.ln_2 = nn.LayerNorm(WIDTH, eps=_EPSILON)
        # Dropouts do nothing here; they keep the place of torchvision's, which count in the names.
        self.mlp = nn.Sequential(
            nn.Linear(WIDTH, hidden), nn.GELU(), nn.Dropout(0.0), nn.Linear(hidden, WIDTH), nn.Dropout(0.0)
        )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        tokens = tokens + self.self_attention(self.ln_1(tokens))
        return tokens + self.mlp(self.ln_2(tokens))


class _Encoder(nn.Module):
    def __init__(self, layers: int, tokens: int, hidden: int) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, tokens, WIDTH))
        self.layers = nn.Sequential()
        for number in range(layers):
            self.layers.add_module(f"encoder_layer_{number}", _Layer(hidden))
        self.ln = nn.LayerNorm(WIDTH, eps=_EPSILON)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.ln(self.layers(tokens + self.pos_embedding))


class _VisionTransformer(nn.Module):
    def __init__(self, layers: int, patch: int, size: int, hidden: int, outputs: list[int]) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.conv_proj = nn.Conv2d(3, WIDTH, patch, patch)
        self.encoder = _Encoder(layers, (size // patch) ** 2 + 1, hidden)
        self.heads = nn.Sequential()
        for number, (inputs, out) in enumerate(zip([WIDTH, *outputs], outputs, strict=False)):
            if number:
                self.heads.append(nn.ReLU())
            self.heads.append(nn.Linear(inputs, out))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        patches = self.conv_proj(pictures).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(patches.shape[0], -1, -1), patches], dim=1)
        embedding = self.encoder(tokens)[:, 0]
        return self.heads(embedding), embedding
