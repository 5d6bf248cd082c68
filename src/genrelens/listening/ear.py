"""The network: the only module that touches ONNX Runtime.

One session a bundle and device for the whole process, threads set explicitly: ONNX Runtime's own default
is one spinning thread a core, which starves the decoder that works beside it. Here each window has one thread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError, GenreLensError
from genrelens.listening.bundle import Bundle, misfit
from genrelens.listening.hearing import Hearing

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["Device", "Ear", "available_cpus", "gpu_status"]

Device = Literal["auto", "cpu", "cuda"]

_MAX_THREADS: Final = 4
_BATCH: Final = {"cpu": 1, "cuda": 16}
"""Windows a run: bounds the memory of long listens. On a CPU one at a time is the fastest, by a third: what a layer
hands to the next stays in the cache."""


class Ear:
    """A bundle's network, ready to hear. Safe to use from many threads.

    Args:
        bundle: What to load.
        device: "cpu", "cuda", or "auto": the graphics card where ONNX Runtime can use one.

    Raises:
        BundleError: `BUNDLE_INVALID` where the network and its description differ.
        GenreLensError: `DEVICE_UNAVAILABLE` where "cuda" was asked for and cannot be had.
    """

    def __init__(self, bundle: Bundle, device: Device = "auto") -> None:
        self.bundle = bundle
        self._session = _open_session(bundle, device)
        self.device: str = "cuda" if "CUDAExecutionProvider" in self._session.get_providers() else "cpu"
        self._outputs = _check_outputs(bundle, self._session)
        self._threads = ThreadPoolExecutor(min(available_cpus(), _MAX_THREADS), thread_name_prefix="ear")

    def hear(self, spectrograms: Mapping[str, NDArray[np.float32]]) -> Hearing:
        """Answer for n windows.

        Args:
            spectrograms: Input name -> float32 [n, mels, frames] or pictures [n, 3, size, size], the same windows for
                every input.
        """
        count, batch = len(next(iter(spectrograms.values()))), _BATCH[self.device]

        def run(first: int) -> list[Any]:
            part = {name: mel[first : first + batch] for name, mel in spectrograms.items()}
            return list(self._session.run(self._outputs, part))

        firsts = range(0, count, batch)
        runs = [run(0)] if len(firsts) == 1 else list(self._threads.map(run, firsts))
        joined: dict[str, NDArray[np.float32]] = {
            name: np.concatenate([run[index] for run in runs]) for index, name in enumerate(self._outputs)
        }
        others = (joined.get(name) for name in ("not_music", "embedding", "patch_scores", "tags"))
        return Hearing(joined["logits"], *others)


def available_cpus() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpu_status() -> tuple[bool, str]:
    """Whether the network can run on a graphics card, and why (not), in a few words."""
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return False, "this ONNX Runtime is the CPU build; the gpu extra brings the other"
    if sys.platform == "linux" and not Path("/proc/driver/nvidia/gpus").is_dir():
        return False, "the CUDA build is installed, but no NVIDIA driver or card is seen"
    return True, "CUDA provider and card are there"


def _open_session(bundle: Bundle, device: Device) -> onnxruntime.InferenceSession:
    import onnxruntime

    cuda_possible = gpu_status()[0] if device != "cpu" else False
    if device == "cuda" and not cuda_possible:
        raise GenreLensError("DEVICE_UNAVAILABLE", f"no graphics card can be used: {gpu_status()[1]}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # windows share the cores among them: layers this small would not use them well
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    # Activations of a batch are large and their size varies: an arena would keep the largest for good.
    options.enable_cpu_mem_arena = False
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"] if cuda_possible else ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(str(bundle.model_path), options, providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions share no public base class
        raise BundleError("BUNDLE_INVALID", f"model.onnx does not load: {str(error)[:300]}") from None


def _check_outputs(bundle: Bundle, session: Any) -> list[str]:
    """The outputs to ask for, after holding the network's inputs and outputs against the description."""
    inputs = {item.name: list(item.shape[1:]) for item in session.get_inputs()}
    described = {item.name: item.shape for item in bundle.inputs}
    if inputs != described:
        raise misfit("inputs of model.onnx", described, inputs)
    outputs = {item.name: list(item.shape[1:]) for item in session.get_outputs()}
    labels, tokens = len(bundle.labels), len(bundle.patches)
    if outputs.get("logits") != [labels]:
        raise misfit("output logits", [labels], outputs.get("logits"))
    if bundle.evidence == "exact" and outputs.get("patch_scores") != [labels, tokens]:
        raise misfit("output patch_scores", [labels, tokens], outputs.get("patch_scores"))
    if bundle.tags and outputs.get("tags") != [len(bundle.tags)]:
        raise misfit("output tags", [len(bundle.tags)], outputs.get("tags"))
    wanted = ["logits", "not_music", "embedding"] + (["patch_scores"] if bundle.evidence == "exact" else [])
    wanted += ["tags"] if bundle.tags else []
    return [name for name in wanted if name in outputs]
