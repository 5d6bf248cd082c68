"""A four-minute song through the page's own path: first answer, timeline, evidence, notes, each when it is there.

    python -m benchmarks.full_listen [--song FILE] [--repeats 5] [--json FILE]

What the browser would get is made and timed (decoding in the page's child processes, HTML included), without the
browser. Bars: first answer under 1 s, everything under 4 s on 2 cores. Reference in the same run: `librosa.load`, which
only decodes the file and resamples it, from a file and in one thread.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.single_song import make_song

PANELS = ("answer", "timeline", "evidence", "notes")


def listen(room: Any, path: Path) -> dict[str, float]:
    """Seconds from the asking until each panel stands."""
    from genrelens.studio.deeper import go_deeper
    from genrelens.studio.listen import answer

    began = time.perf_counter()
    html, _ = answer({"run": "1", "path": str(path), "name": "song.mp3"}, "bench", room)
    found = {"answer": time.perf_counter() - began}
    token = html.partition('data-token="')[2].partition('"')[0]
    assert token, html[:300]
    for panel, body in go_deeper({"run": "1", "token": token}, "bench", room):
        if "data-working" not in body:
            assert "failure" not in body, body[:600]
            found[panel] = time.perf_counter() - began
    room.leave("bench")
    return found


def reference(song: Path) -> float:
    """Seconds that `librosa.load` takes."""
    import librosa

    began = time.perf_counter()
    librosa.load(song, sr=22_050)
    return time.perf_counter() - began


def measure(song: Path, repeats: int) -> dict[str, Any]:
    """All runs, the first one apart: it warms the caches."""
    from genrelens import load_model
    from genrelens.audio.sandbox import DecodePool
    from genrelens.studio.room import Room
    from genrelens.studio.uploads import Uploads

    model = load_model(device="cpu")
    runs, references = [], []
    reference(song)
    with tempfile.TemporaryDirectory() as folder, DecodePool(workers=2) as pool:
        uploads = Uploads(folder)
        room = Room(lambda: model, pool.listen, pool.read_song, uploads)
        for repeat in range(repeats + 1):
            path = Path(shutil.copy(song, uploads.folder / f"{repeat}.song"))
            runs.append(listen(room, path))
            references.append(reference(song))
    middle = {panel: statistics.median(run[panel] for run in runs[1:]) for panel in PANELS}
    return {"first_run": runs[0], "median": middle, "runs": runs[1:], "reference_s": statistics.median(references[1:])}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--song", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.song or make_song(Path(folder)), options.repeats)
    middle, first, decoding = found["median"], found["first_run"], found["reference_s"]
    everything = max(middle.values())
    for panel in PANELS:
        print(f"{panel:9} after {middle[panel]:.2f} s (first time: {first[panel]:.2f} s)")
    print(f"everything {everything:.2f} s (bar 4), first answer {middle['answer']:.2f} s (bar 1)")
    print(f"ratio to librosa.load of the same file ({decoding:.2f} s): {everything / decoding:.1f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
