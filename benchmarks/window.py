"""What one 10 s window costs the shipped model on one CPU thread: the network, and the spectrograms before it.

    python -m benchmarks.window [--repeats 40] [--json]

Beside them, in the same run, a product of two 1024 x 1024 float32 matrices by NumPy on one thread: times differ from
machine to machine and from hour to hour, their ratio to this far less.
"""

# ruff: noqa: E402 - the threads are set before NumPy starts
from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

# Read when NumPy and ONNX Runtime start: one thread is the claim.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import onnxruntime

from genrelens.listening.bundle import MelInput, read_bundle
from genrelens.listening.frontend import log_mel, resample_windows


def median_ms(run: Callable[[], Any], repeats: int) -> float:
    """Milliseconds of one call, the median of several after two that do not count."""
    run(), run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def measure(repeats: int) -> dict[str, float]:
    """Milliseconds of the network, of the spectrograms and of the reference; the network's ratio to the reference."""
    bundle = read_bundle()
    mels = [item for item in bundle.inputs if isinstance(item, MelInput)]
    window = np.random.default_rng(0).standard_normal((1, round(bundle.window_s * bundle.sample_rate)))
    sound = (0.1 * window).astype(np.float32)

    def spectrograms() -> dict[str, Any]:
        return {
            mel.name: log_mel(resample_windows(sound, bundle.sample_rate, mel.spec.sample_rate), mel.spec)
            for mel in mels
        }

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(bundle.model_path), options, providers=["CPUExecutionProvider"])
    inputs = spectrograms()
    matrix = np.random.default_rng(1).standard_normal((1024, 1024)).astype(np.float32)
    rows = {
        "network_ms": median_ms(lambda: session.run(None, inputs), repeats),
        "spectrograms_ms": median_ms(spectrograms, repeats),
        "reference_ms": median_ms(lambda: matrix @ matrix, repeats),
    }
    return {**rows, "network_to_reference": rows["network_ms"] / rows["reference_ms"]}


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.repeats)
    if options.json:
        print(json.dumps(rows))
    else:
        for name, value in rows.items():
            print(f"{name:22} {value:8.2f}")


if __name__ == "__main__":
    main()
