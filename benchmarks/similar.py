"""Whether neighbours by embedding are neighbours by ear, and from which likeness two files are one recording.

    python -m benchmarks.similar [--split validation|test] [--clips 80] [--json FILE]

Neighbours: of every music clip the five nearest of other artists; how many share its genre, beside chance; and how
often the nearest of all is by the same artist, beside chance. Recordings: clips encoded again (MP3 at 128 and 48
kbit/s, Opus quieter by 9 dB, half a second cut off the start) beside all pairs of different artists. The threshold in
`genrelens.insight.similar` was chosen on `validation`; `test` is for the final figure.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.heard import heard_clips
from genrelens.audio.codecs import Format, encode
from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.insight.similar import SAME_RECORDING_ABOVE, likeness
from genrelens.listening.model import Model, load_model
from training.corpus import Corpus, corpus_folder

_MP3: Final = Format("mp3", "mp3", "libmp3lame", "fltp", 128_000)
_LOW: Final = Format("mp3", "mp3", "libmp3lame", "fltp", 48_000)
_OPUS: Final = Format("opus", "ogg", "libopus", "flt", 64_000, 48_000)
_RATE: Final = 32_000


def encoded_again(sound: bytes) -> dict[str, bytes]:
    """The same recording as four other files."""
    samples = read_song(sound, sample_rate=_RATE).samples
    return {
        "mp3 128": encode(samples, _RATE, _MP3),
        "mp3 48": encode(samples, _RATE, _LOW),
        "opus, -9 dB": encode(samples * np.float32(10 ** (-9 / 20)), _RATE, _OPUS),
        "cut 0.5 s": encode(samples[:, _RATE // 2 :], _RATE, _MP3),
    }


def embedding_of(model: Model, sound: bytes) -> np.ndarray[Any, Any]:
    """As `analyze` gives it."""
    excerpt = listen(sound, sample_rate=model.bundle.sample_rate)
    hearing = model.hear(excerpt)
    assert hearing.embedding is not None
    mean: np.ndarray[Any, Any] = hearing.embedding.mean(axis=0)
    return mean


def neighbours(embeddings: Any, labels: Any, groups: Any) -> dict[str, float]:
    """Shares of the same genre and of the same artist among neighbours, and of chance."""
    alike = np.array([likeness(row, embeddings) for row in embeddings])
    others = groups[:, None] != groups[None]
    np.fill_diagonal(alike, -2.0)
    strangers = np.where(others, alike, -2.0)
    nearest = np.argsort(-strangers, axis=1)[:, :5]
    mates = ~others
    np.fill_diagonal(mates, False)
    has = mates.any(axis=1)
    return {
        "clips": len(labels),
        "genre_at_5": float((labels[nearest] == labels[:, None]).mean()),
        "genre_chance": float(
            np.mean([(labels[row] == label).mean() for row, label in zip(others, labels, strict=True)])
        ),
        "with_mates": int(has.sum()),
        "artist_first": float(mates[np.arange(len(labels)), alike.argmax(axis=1)][has].mean()),
        "artist_chance": float((mates.sum(axis=1) / (len(labels) - 1))[has].mean()),
        "strangers_99_9": float(np.percentile(strangers[others], 99.9)),
        "strangers_max": float(strangers.max()),
        "strangers_above": float((strangers[others] > SAME_RECORDING_ABOVE).mean()),
    }


def recordings(model: Model, corpus: Corpus, clips: list[Any], embeddings: Any) -> dict[str, dict[str, float]]:
    """How alike each way to encode again leaves a recording."""
    rows: dict[str, list[float]] = {}
    for clip, embedding in zip(clips, embeddings, strict=True):
        for name, sound in encoded_again(corpus.read(clip)).items():
            rows.setdefault(name, []).append(float(likeness(embedding, embedding_of(model, sound)[None])[0]))
    return {
        name: {
            "lowest": min(values),
            "tenth": float(np.percentile(values, 10)),
            "median": float(np.median(values)),
            "named": float(np.mean([value > SAME_RECORDING_ABOVE for value in values])),
        }
        for name, values in rows.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--clips", type=int, default=80, help="clips that are encoded again")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "genrelens-benchmarks")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    parts = {"validation": ("choosing", "calibrating"), "test": ("test",)}[options.split]
    corpus, model = Corpus(corpus_folder(), seed=0), load_model(device="cpu")
    heard = [item for item in heard_clips(model, corpus, parts, options.cache) if item.clip.is_music]
    embeddings = np.stack([item.analysis.embedding for item in heard if item.analysis.embedding is not None])
    labels, groups = (np.array([getattr(item.clip, name) for item in heard]) for name in ("label", "group"))
    found = neighbours(embeddings, labels, groups)
    # One clip an artist, spread over the manifest.
    first = sorted(
        {clip.group: index for index, clip in reversed(list(enumerate(item.clip for item in heard)))}.values()
    )
    chosen = first[:: max(1, len(first) // options.clips)][: options.clips]
    again = recordings(model, corpus, [heard[index].clip for index in chosen], embeddings[chosen])
    for name, value in found.items():
        print(f"{name:18} {value:8.4f}")
    for name, row in again.items():
        print(f"{name:14}", *(f"{key} {value:.4f}" for key, value in row.items()))
    if options.json:
        figures = {"split": options.split, "threshold": SAME_RECORDING_ABOVE, "neighbours": found, "again": again}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
