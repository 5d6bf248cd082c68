"""Another linear head on a bundle's frozen network: what is heard stays, what it is called changes.

The embedding is the mean of token vectors, so a new head's scores of the tokens average to its logits as exactly as
the old one's did: evidence stays exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

__all__ = ["Head", "write_head"]

Floats = NDArray[np.float32]

_REPLACED: Final = ("logits", "patch_scores")


@dataclass(frozen=True, slots=True)
class Head:
    """logits = weight @ embedding + bias: float32 [labels, d] and [labels]."""

    weight: Floats
    bias: Floats


def write_head(model: Path, target: Path, head: Head) -> bool:
    """Write a network like `model` with another head.

    Args:
        model: The ONNX file to start from.
        target: Where the new one goes.
        head: For the new labels; the width is that of the embedding.

    Returns:
        Whether the new network gives exact evidence: patch scores whose mean over tokens plus bias is the logit.

    Raises:
        BundleError: `BUNDLE_UNTEACHABLE` where there is no embedding of that width.
    """
    import onnx

    network = onnx.load(str(model))
    graph = network.graph
    width = next((_width(item) for item in graph.output if item.name == "embedding"), None)
    if width != head.weight.shape[1]:
        raise BundleError("BUNDLE_UNTEACHABLE", "it has no embedding to learn from")
    tokens = _tokens(graph)
    _drop(graph, _REPLACED)
    labels = len(head.bias)
    constants = {"taught_weight": head.weight, "taught_bias": head.bias}
    graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())
    nodes = [onnx.helper.make_node("Gemm", ["embedding", "taught_weight", "taught_bias"], ["logits"], transB=1)]
    outputs: list[tuple[str, list[str | int]]] = [("logits", ["n", labels])]
    if tokens is not None:
        name, axis = tokens
        if axis == 1:
            nodes.append(onnx.helper.make_node("Transpose", [name], ["taught_tokens"], perm=[0, 2, 1]))
            name = "taught_tokens"
        nodes.append(onnx.helper.make_node("MatMul", ["taught_weight", name], ["patch_scores"]))
        outputs.append(("patch_scores", ["n", labels, "tokens"]))
    graph.node.extend(nodes)
    graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name, shape in outputs
    )
    _prune(graph)
    _check(network)
    onnx.save(network, str(target))
    return tokens is not None


def _producer(graph: GraphProto, name: str) -> Any:
    return next((node for node in graph.node if name in node.output), None)


def _width(output: Any) -> int:
    return int(output.type.tensor_type.shape.dim[-1].dim_value)


def _tokens(graph: GraphProto) -> tuple[str, int] | None:
    """The tensor whose mean is the embedding, and the axis of the mean; None where it is no such mean."""
    import onnx

    node = _producer(graph, "embedding")
    if node is None or node.op_type != "ReduceMean" or "patch_scores" not in {item.name for item in graph.output}:
        return None
    attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    axes = attributes.get("axes")
    if axes is None and len(node.input) > 1:
        axes = next((onnx.numpy_helper.to_array(i).tolist() for i in graph.initializer if i.name == node.input[1]), [])
    return (node.input[0], axes[0]) if axes in ([1], [2]) else None


def _drop(graph: GraphProto, names: Iterable[str]) -> None:
    for name in names:
        for output in [item for item in graph.output if item.name == name]:
            graph.output.remove(output)
        node = _producer(graph, name)
        if node is not None:
            graph.node.remove(node)


def _prune(graph: GraphProto) -> None:
    """Take out what no output needs any more."""
    needed = {item.name for item in graph.output}
    for node in reversed(list(graph.node)):
        if needed & set(node.output):
            needed.update(node.input)
        else:
            graph.node.remove(node)
    for constant in [item for item in graph.initializer if item.name not in needed]:
        graph.initializer.remove(constant)


def _check(network: ModelProto) -> None:
    import onnx

    try:
        onnx.checker.check_model(network)
    except onnx.checker.ValidationError as error:
        raise BundleError("BUNDLE_UNTEACHABLE", f"its network cannot take another head: {str(error)[:200]}") from None
