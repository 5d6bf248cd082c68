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

__all__ = ["Head", "read_head", "write_head"]

Floats = NDArray[np.float32]

_REPLACED: Final = ("logits", "patch_scores")
_TOLERANCE: Final = 1e-3
"""How far from linear a head may answer, relative to its largest logit."""


@dataclass(frozen=True, slots=True)
class Head:
    """logits = weight @ embedding + bias: float32 [labels, d] and [labels]."""

    weight: Floats
    bias: Floats


def read_head(model: Path) -> Head:
    """The linear head that a network has, however its nodes spell it.

    What lies between embedding and logits is asked for nothing and for each direction alone; a sum of them all shows
    whether that was the whole of it.

    Args:
        model: The ONNX file.

    Raises:
        BundleError: `BUNDLE_UNTEACHABLE` where the logits are no linear function of the embedding.
    """
    import onnx
    from onnx.reference import ReferenceEvaluator

    network = onnx.load(str(model))
    width = next((_width(item) for item in network.graph.output if item.name == "embedding"), 0)
    part = _between(network, width) if width else None
    if part is None:
        raise BundleError("BUNDLE_UNTEACHABLE", "it has no embedding that alone decides its answer")
    random = np.random.default_rng(0).normal(0, 1, (3, width)).astype(np.float32)
    asked = np.concatenate([np.zeros((1, width), np.float32), np.eye(width, dtype=np.float32), random])
    answers: Any = ReferenceEvaluator(part).run(["logits"], {"embedding": asked})
    said: Floats = np.asarray(answers[0], np.float32)
    head = Head(np.ascontiguousarray((said[1 : width + 1] - said[0]).T), said[0])
    expected = random @ head.weight.T + head.bias
    if np.abs(said[width + 1 :] - expected).max() > _TOLERANCE * max(1.0, float(np.abs(expected).max())):
        raise BundleError("BUNDLE_UNTEACHABLE", "its head is not linear")
    return head


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


def _between(network: ModelProto, width: int) -> ModelProto | None:
    """A network from embedding to logits alone; None where the logits hear anything else."""
    import onnx

    graph = network.graph
    needed, nodes = {"logits"}, []
    constants: dict[str, Any] = {item.name: item for item in graph.initializer}
    for node in reversed(graph.node):
        if needed & set(node.output) and "embedding" not in node.output:
            nodes.append(node)
            needed = needed - set(node.output) | {name for name in node.input if name}
    if needed - set(constants) != {"embedding"}:
        return None
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
        for name, size in (("embedding", width), ("logits", None))
    ]
    used = [constants[name] for name in sorted(needed & set(constants))]
    part = onnx.helper.make_graph(nodes[::-1], "head", ends[:1], ends[1:], used)
    return onnx.helper.make_model(part, opset_imports=network.opset_import, ir_version=network.ir_version)


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
