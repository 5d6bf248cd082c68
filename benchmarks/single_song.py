"""One four-minute mp3 with default settings in a warm process, beside the origin's way in the same run.

    python -m benchmarks.single_song [--song FILE] [--repeats 5] [--json]

The origin's way: librosa decodes the whole file at 22 050 Hz, every 10 s become a 224x224 mel picture, and a
ViT-B/16 (torch, 86 M parameters, random weights: only time is compared) looks at each. Every way runs in a process of
its own, so that peak memory is its own too. Needs torch, librosa and Pillow for the origin's way and says so where
they are missing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
SONG_S = 240
_RATE = 22_050
"""Of the origin's way."""


def make_song(folder: Path) -> Path:
    """A four-minute 192 kbit/s stereo mp3: our own example pieces one after the other."""
    import numpy as np

    from genrelens.audio.codecs import Format, encode
    from genrelens.audio.decode import Track
    from genrelens.audio.sources import Limits, open_source

    parts, rate, total = [], 44_100, 0
    pieces = sorted((REPO / "examples").glob("*.ogg"))
    while total < SONG_S * rate:
        for piece in pieces:
            with open_source(piece, Limits()) as source, Track(source, Limits()) as track:
                assert track.probe.sample_rate == rate
                parts += list(track.read([(0, 60 * rate)]))
                total += parts[-1].shape[1]
    song = np.concatenate([np.broadcast_to(part, (2, part.shape[1])) for part in parts], axis=1)[:, : SONG_S * rate]
    path = folder / "four-minutes.mp3"
    path.write_bytes(encode(song.astype(np.float32), rate, Format("mp3", "mp3", "libmp3lame", "fltp", 192_000)))
    return path


def ours(song: Path, repeats: int) -> dict[str, Any]:
    """Our way: `analyze` with the shipped model, the first answer thrown away as warm-up."""
    from genrelens import analyze, load_model

    started = time.perf_counter()
    model = load_model(device="cpu")
    loaded = time.perf_counter() - started
    first = time.perf_counter()
    analyze(model, song)
    first = time.perf_counter() - first
    walls, stages = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        stages.append(dict(analyze(model, song).timing_ms))
        walls.append(time.perf_counter() - started)
    split = {name: statistics.median(stage[name] for stage in stages) / 1000 for name in stages[0]}
    return {"load_s": loaded, "first_s": first, "wall_s": walls, "split_s": split}


def origin(song: Path, repeats: int) -> dict[str, Any]:
    """The origin's way, one answer after loading; `repeats` is capped at 2, it is slow."""
    import librosa
    import numpy as np
    import torch
    from PIL import Image

    torch.manual_seed(0)
    net = _vit_b_16().eval()
    walls, stages = [], []
    for _ in range(min(repeats, 2)):
        t0 = time.perf_counter()
        samples, _ = librosa.load(song, sr=_RATE)
        t1 = time.perf_counter()
        pictures = []
        for first in range(0, len(samples) - 5 * _RATE, 10 * _RATE):
            mel = librosa.feature.melspectrogram(
                y=samples[first : first + 10 * _RATE], sr=_RATE, n_fft=2048, hop_length=512
            )
            db = librosa.power_to_db(mel, ref=np.max)
            grey = Image.fromarray(((db + 80) / 80 * 255).clip(0, 255).astype(np.uint8)).resize((224, 224))
            pictures.append(np.repeat(np.asarray(grey, np.float32)[None] / 127.5 - 1, 3, axis=0))
        t2 = time.perf_counter()
        with torch.inference_mode():
            logits = torch.cat([net(torch.from_numpy(picture)[None]) for picture in pictures])
            logits.mean(0).softmax(-1)
        t3 = time.perf_counter()
        walls.append(t3 - t0)
        stages.append({"decode": t1 - t0, "features": t2 - t1, "model": t3 - t2})
    split = {name: statistics.median(stage[name] for stage in stages) for name in stages[0]}
    return {"wall_s": walls, "split_s": split, "windows": len(pictures)}


def _vit_b_16() -> Any:
    import torch
    from torch import nn

    class ViT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(3, 768, 16, 16)
            self.first = nn.Parameter(torch.zeros(1, 1, 768))
            self.places = nn.Parameter(torch.zeros(1, 197, 768))
            layer = nn.TransformerEncoderLayer(768, 12, 3072, activation="gelu", batch_first=True, norm_first=True)
            self.layers = nn.TransformerEncoder(layer, 12, nn.LayerNorm(768), enable_nested_tensor=False)
            self.head = nn.Linear(768, 16)

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            tokens = self.patches(pictures).flatten(2).transpose(1, 2)
            tokens = torch.cat([self.first.expand(len(tokens), -1, -1), tokens], dim=1) + self.places
            return self.head(self.layers(tokens)[:, 0])

    return ViT()


def _apart(way: str, song: Path, repeats: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.single_song",
        "--way",
        way,
        "--song",
        str(song),
        "--repeats",
        str(repeats),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPO)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    """Print a table and the ratio, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--song", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", choices=["ours", "origin"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        import resource

        result = {"ours": ours, "origin": origin}[options.way](options.song, options.repeats)
        result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(result))
        return
    with tempfile.TemporaryDirectory() as folder:
        song = options.song or make_song(Path(folder))
        results = {way: _apart(way, song, options.repeats) for way in ("ours", "origin")}
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for way, result in results.items():
        if "error" in result:
            print(f"{way}: not measured: {result['error']}")
            continue
        split = ", ".join(f"{name} {seconds:.3f}" for name, seconds in result["split_s"].items())
        wall = statistics.median(result["wall_s"])
        print(f"{way}: {wall:.3f} s (median of {len(result['wall_s'])}; {split}), peak {result['peak_mb']:.0f} MB")
    if all("error" not in result for result in results.values()):
        ratio = statistics.median(results["origin"]["wall_s"]) / statistics.median(results["ours"]["wall_s"])
        print(f"ratio: {ratio:.0f} times faster than the origin's way on this machine")


if __name__ == "__main__":
    main()
