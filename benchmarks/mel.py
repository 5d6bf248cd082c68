"""CPU time of the log-mel of six 10 s windows at 32 kHz: ours (sums between band edges), a matrix product, librosa.

    python -m benchmarks.mel [--repeats 5] [--json]

CPU time, not wall time: the matrix product wakes the threads of BLAS for every small product, and they spin.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.bundle import read_bundle
from genrelens.listening.frontend import MelSpec, log_mel, mel_filter_bank

FRAMES_AT_ONCE = 64


def by_product(windows: NDArray[np.float32], spec: MelSpec) -> None:
    """The same spectra, the bands by `bank @ power`, in the same small batches of frames."""
    bank = mel_filter_bank(spec)
    taper = np.hanning(spec.n_fft).astype(np.float32)
    for samples in windows:
        padded = np.pad(samples, spec.n_fft // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, spec.n_fft)[:: spec.hop]
        for first in range(0, len(frames), FRAMES_AT_ONCE):
            spectrum = np.fft.rfft(frames[first : first + FRAMES_AT_ONCE] * taper, axis=1)
            np.log(bank @ (np.square(spectrum.real) + np.square(spectrum.imag)).T + np.float32(spec.log_floor))


def by_librosa(windows: NDArray[np.float32], spec: MelSpec) -> None:
    """librosa's mel spectrogram with the same sizes."""
    import librosa

    for samples in windows:
        power = librosa.feature.melspectrogram(
            y=samples, sr=spec.sample_rate, n_fft=spec.n_fft, hop_length=spec.hop, n_mels=spec.mels
        )
        np.log(power + spec.log_floor)


def cpu_s(work: Callable[[], object], repeats: int) -> list[float]:
    """CPU seconds of each run, after one that does not count."""
    work()
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return seconds


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    mels = (item.spec for item in read_bundle().inputs if isinstance(item.spec, MelSpec))
    spec = max(mels, key=lambda spec: spec.sample_rate)
    windows = np.random.default_rng(0).normal(0, 0.1, (6, 10 * spec.sample_rate)).astype(np.float32)
    rows = {
        "ours": cpu_s(lambda: log_mel(windows, spec), options.repeats),
        "matrix product": cpu_s(lambda: by_product(windows, spec), options.repeats),
        "librosa": cpu_s(lambda: by_librosa(windows, spec), options.repeats),
    }
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    ours = statistics.median(rows["ours"])
    for name, seconds in rows.items():
        median = statistics.median(seconds)
        print(f"{name:15} {median:.3f} s of CPU (median of {len(seconds)}), {median / ours:.1f} times ours")


if __name__ == "__main__":
    main()
