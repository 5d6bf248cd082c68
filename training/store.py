"""The cache: every clip decoded once, heard once by the published networks, kept as arrays.

Two stores lie side by side in the run's folder: `plain` holds the windows exactly as the product hears them
(train, choosing, calibrating - never test), `varied` holds augmented crops of train and synthetic noise. Work is
done in shards of a few clips; a shard that is there is not made again, so a killed run goes on where it was.

    python -m training.store --config training/configs/base.yaml
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from genrelens.listening.frontend import log_mel, normalise_level, resample_windows
from training.augment import crop, synthetic_noise, varied
from training.bodies import MEL_16K, MEL_32K, WINDOW_S
from training.corpus import Clip, Corpus
from training.phone import phone_recording
from training.settings import Settings, command_line

__all__ = ["SYNTHETIC", "Store", "build_store", "build_stores", "clip_features", "hear_windows"]

log = logging.getLogger(__name__)

SYNTHETIC: Final = "synthetic"
"""Beginning of the id of a sound that is not from the corpus."""
_ARRAYS: Final = ("patches", "features")
_CLIPS_PER_SHARD: Final = 48
_RATE: Final = MEL_32K.sample_rate
_LENGTH: Final = round(WINDOW_S * _RATE)
_MOST_WINDOWS: Final = 6
_NICENESS: Final = 10


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept of many windows, memory-mapped.

    Attributes:
        ids: Clip id of each window.
        patches: float16 [windows, `TOKENS`, `PATCH_WIDTH`].
        features: float32 [windows, `FEATURES`].
    """

    ids: NDArray[np.str_]
    patches: NDArray[np.float16]
    features: NDArray[np.float32]

    @classmethod
    def open(cls, folder: Path) -> Store:
        """A finished store."""
        ids = np.array(json.loads((folder / "ids.json").read_text(encoding="utf-8")))
        return cls(ids, *(np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS))


def clip_features(clips: Sequence[Clip], store: Store) -> NDArray[np.float32]:
    """Mean features over the windows of each clip, [clips, features]; all must be in the store."""
    rows = {clip.id: index for index, clip in enumerate(clips)}
    taken = [(rows[clip_id], window) for window, clip_id in enumerate(store.ids.tolist()) if clip_id in rows]
    clip_of, window = np.array(taken).T
    sums = np.zeros((len(clips), store.features.shape[1]), np.float32)
    np.add.at(sums, clip_of, store.features[window])
    counts = np.bincount(clip_of, minlength=len(clips)).astype(np.float32)
    result: NDArray[np.float32] = sums / counts[:, None]
    return result


def build_stores(settings: Settings) -> None:
    """Make both stores, or what is missing of them."""
    corpus = Corpus(settings.corpus, settings.seed)
    clips = corpus.part("train", "choosing", "calibrating")
    build_store(settings, "plain", [clip.id for clip in clips])
    noises = [f"{SYNTHETIC}-{number:03d}" for number in range(settings.synthetic)]
    build_store(settings, "varied", [clip.id for clip in clips if clip.part == "train"] + noises)


def hear_windows(windows: NDArray[np.float32], session: Any) -> list[NDArray[Any]]:
    """Windows [n, samples] at 32 kHz to patches and features; levels as the product sets them."""
    windows = normalise_level(windows)
    mel_16k = log_mel(resample_windows(windows, _RATE, MEL_16K.sample_rate), MEL_16K)
    answers: list[NDArray[Any]] = session.run(None, {"mel_32k": log_mel(windows, MEL_32K), "mel_16k": mel_16k})
    return answers


def build_store(settings: Settings, name: str, ids: list[str]) -> None:
    """Make one store of the clips named, in their order; clips that are silent or cannot be decoded are left out."""
    folder = settings.stores / name
    if (folder / "ids.json").exists():
        return
    _bodies_graph(settings)
    folder.mkdir(parents=True, exist_ok=True)
    shards = [ids[first : first + _CLIPS_PER_SHARD] for first in range(0, len(ids), _CLIPS_PER_SHARD)]
    jobs = [(settings, name, number, shard) for number, shard in enumerate(shards)]
    jobs = [job for job in jobs if not _shard(folder, job[2]).exists()]
    with ProcessPoolExecutor(settings.workers, mp_context=get_context("spawn")) as pool:
        for done, refused in enumerate(pool.map(_make_shard, jobs), 1):
            log.info("%s: shard %d of %d%s", name, done, len(jobs), f", refused: {refused}" if refused else "")
    _merge(folder, len(shards))


def _make_shard(job: tuple[Settings, str, int, list[str]]) -> list[str]:
    settings, name, number, ids = job
    os.nice(max(0, _NICENESS - os.nice(0)))
    corpus = _corpus(settings)
    by_id = {clip.id: clip for clip in corpus.clips}
    session = _session(settings.stores / "bodies.onnx")
    found: list[tuple[str, list[NDArray[Any]]]] = []
    refused = []
    for clip_id in ids:
        random = np.random.default_rng([settings.seed, *clip_id.encode()])
        try:
            if clip_id.startswith(SYNTHETIC):
                sound = synthetic_noise(_LENGTH, _RATE, random)[None]
            else:
                sound = (
                    _plain(corpus, by_id[clip_id])
                    if name == "plain"
                    else _varied(corpus, by_id[clip_id], settings.crops, random)
                )
        except AudioError as error:
            refused.append(f"{clip_id} {error}")
            continue
        if len(sound):
            found.append((clip_id, hear_windows(sound, session)))
    path = _shard(settings.stores / name, number)
    partial = path.with_suffix(".tmp.npz")
    np.savez(
        partial,
        ids=np.array([clip_id for clip_id, arrays in found for _ in arrays[0]]),
        patches=np.concatenate([arrays[0] for _, arrays in found]).astype(np.float16),
        features=np.concatenate([arrays[1] for _, arrays in found]),
    )
    partial.rename(path)
    return refused


def _plain(corpus: Corpus, clip: Clip) -> NDArray[np.float32]:
    return listen(corpus.read(clip), sample_rate=_RATE, window_s=WINDOW_S, count=_MOST_WINDOWS).windows


def _varied(corpus: Corpus, clip: Clip, count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Crops of one clip, each recorded differently, the last by a phone, each normalised as a song of its own."""
    whole = listen(corpus.read(clip), sample_rate=_RATE, window_s=clip.duration_s, count=1).windows
    if not len(whole):
        return whole
    crops = []
    for number in range(count):
        longer = crop(whole[0], round(1.1 * _LENGTH), random)
        phone = number == count - 1
        recorded = phone_recording(longer, _RATE, random) if phone else varied(longer, _RATE, random)
        crops.append(crop(recorded, _LENGTH, random))
    return np.concatenate([normalise_level(sound[None]) for sound in crops])


def _merge(folder: Path, shards: int) -> None:
    """One array of each kind out of all shards; `ids.json`, written last, says that the store is whole."""
    sizes = []
    ids: list[str] = []
    for number in range(shards):
        with np.load(_shard(folder, number)) as arrays:
            sizes.append(len(arrays["ids"]))
            ids += arrays["ids"].tolist()
    for name in _ARRAYS:
        out = None
        first = 0
        for number, size in enumerate(sizes):
            with np.load(_shard(folder, number)) as arrays:
                part = arrays[name]
            if out is None:
                out = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", part.dtype, (len(ids), *part.shape[1:]))
            out[first : first + size] = part
            first += size
        del out
    (folder / "ids.tmp").write_text(json.dumps(ids), encoding="utf-8")
    (folder / "ids.tmp").rename(folder / "ids.json")
    shutil.rmtree(_shard(folder, 0).parent)


def _shard(folder: Path, number: int) -> Path:
    path = folder / "shards" / f"{number:04d}.npz"
    path.parent.mkdir(exist_ok=True)
    return path


def _bodies_graph(settings: Settings) -> None:
    """The bodies alone as an ONNX file: ONNX Runtime hears four times as fast as torch on a CPU."""
    path = settings.stores / "bodies.onnx"
    if path.exists():
        return
    from training.bodies import Bodies
    from training.export import export_graph
    from training.nets.denormals import flush_denormals

    path.parent.mkdir(parents=True, exist_ok=True)
    bodies = Bodies(settings.teachers)
    flush_denormals(bodies)
    export_graph(bodies, path, list(_ARRAYS))


@lru_cache(maxsize=1)
def _corpus(settings: Settings) -> Corpus:
    return Corpus(settings.corpus, settings.seed)


@lru_cache(maxsize=1)
def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    build_stores(command_line(__doc__))
