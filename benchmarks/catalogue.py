"""A collection labelled by the real command, from nothing, beside the origin's way in the same run.

    python -m benchmarks.catalogue [--sizes 100,1000,5000] [--reference 5] [--folder DIR] [--json]
    python -m benchmarks.catalogue --rows 100000 [--folder DIR] [--json]

The tracks are three-minute stereo mp3s, 192 kbit/s. One is encoded from our ten example pieces, one after the other,
and every track is that one with its frames rotated (the first n moved to the end): no two have the same bytes, each is
heard at other places, and a thousand are made in seconds. Beyond 1000 the tracks are 30 s long, three windows instead
of six: those sizes are about memory. Each size is a catalogue of its own.

CPU seconds of a stage: those of the children that decode; of the threads that hash, receive windows and run the
network; of the main thread in the features and in the database; starting is imports and loading the model. Memory is
the resident size of the labeller, and of its children together, looked at five times a second. The origin's way is
that of `benchmarks.single_song`: one process, librosa decodes the whole file, a ViT-B/16 looks at every 10 s.

`--rows` hears nothing: it makes a catalogue of so many answers (`tests.catalogue.made`; embeddings as long as real
ones), half of them decided on, with a hollow file for each row; and says what every command costs that goes over all
of it, a second `label` of the whole collection among them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
LONG_S, SHORT_S = 180, 30
LONG_UP_TO = 1000
KBPS, RATE = 192, 44_100
EMBEDDING = 1792
"""Numbers in the shipped model's embedding."""
BAR_S, BAR_RATIO, BAR_FLAT, BAR_COMMAND_S = 300.0, 10.0, 1.10, 60.0
_THREADS = {"hash": "hash", "ear": "network", "decode": "receive"}
"""Start of a thread's name -> its stage."""


# -- tracks ----------------------------------------------------------------------------------------------------------


def make_tracks(folder: Path, count: int, seconds: int) -> list[Path]:
    """`count` mp3s of different bytes and equal length."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces: list[tuple[bytes, list[bytes]]] = []
    turns = 0
    while turns * len(pieces) < count:
        pieces.append(_frames(_encoded(len(pieces), seconds)))
        turns = min(len(frames) for _, frames in pieces)
    turns = -(-count // len(pieces))
    paths = []
    for number in range(count):
        head, frames = pieces[number % len(pieces)]
        first = len(frames) * (number // len(pieces)) // turns
        paths.append(folder / f"{number:05d}.mp3")
        paths[-1].write_bytes(head + b"".join(frames[first:] + frames[:first]))
    return paths


def _encoded(first: int, seconds: int) -> bytes:
    """One mp3 of the example pieces one after the other, beginning with the one of that number."""
    import numpy as np

    from genrelens.audio.codecs import Format, encode
    from genrelens.audio.decode import Track
    from genrelens.audio.sources import Limits, open_source

    parts = []
    for piece in sorted((REPO / "examples").glob("*.ogg")):
        with open_source(piece, Limits()) as source, Track(source, Limits()) as track:
            assert track.probe.sample_rate == RATE
            [part] = track.read([(0, 60 * RATE)])
            parts.append(np.broadcast_to(part, (2, part.shape[1])))
    song = np.concatenate(parts[first:] + parts[:first], axis=1)
    song = np.tile(song, (1, 1 + seconds * RATE // song.shape[1]))[:, : seconds * RATE]
    return encode(song.astype(np.float32), RATE, Format("mp3", "mp3", "libmp3lame", "fltp", KBPS * 1000))


def _frames(data: bytes) -> tuple[bytes, list[bytes]]:
    """What stands before the sound (tags, the frame that says how long it is), and the frames (MPEG-1 layer III)."""
    place = data.index(b"\xff\xfb")
    found, start = [], place
    while place + 4 <= len(data) and data[place : place + 2] == b"\xff\xfb":
        size = 144 * KBPS * 1000 // RATE + (data[place + 2] >> 1 & 1)
        found.append(data[place : place + size])
        place += size
    return data[:start] + found[0], found[1:]


# -- the labeller, measured from inside ------------------------------------------------------------------------------


def measured_command(arguments: list[str], result: Path) -> int:
    """Run `genrelens` in this process; the CPU seconds of its stages go into a file."""
    import resource

    import psutil

    from genrelens.catalogue.database import Database
    from genrelens.cli.app import run
    from genrelens.listening.model import Model
    from genrelens.workflows import label as workflow

    spent = dict.fromkeys(("start", "hash", "decode", "receive", "features", "network", "database"), 0.0)
    seen: dict[int, tuple[str, float]] = {}
    ended = threading.Event()

    def clocked(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **options: Any) -> Any:
            began = time.thread_time()
            try:
                return work(*given, **options)
            finally:
                spent[stage] += time.thread_time() - began

        return call

    def started(*given: Any, **options: Any) -> Any:
        spent["start"] = time.process_time()
        return real_label(*given, **options)

    def watch() -> None:
        me = psutil.Process()
        while not ended.wait(0.1):
            names = {thread.native_id: thread.name for thread in threading.enumerate()}
            for thread in me.threads():
                if thread.id in names:
                    seen[thread.id] = names[thread.id], thread.user_time + thread.system_time

    # While it waits for the network, the main thread costs nothing: what it spends there are the features.
    Model.hear_together = clocked("features", Model.hear_together)  # type: ignore[method-assign]
    Database._patiently = clocked("database", Database._patiently)  # type: ignore[method-assign]
    real_label, workflow.label = workflow.label, started
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began = time.perf_counter()
    code = run(arguments)
    wall = time.perf_counter() - began
    ended.set()
    watcher.join()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent["decode"] = children.ru_utime + children.ru_stime
    for name, seconds in seen.values():
        for start, stage in _THREADS.items():
            if name.startswith(start):
                spent[stage] += seconds
    own = time.process_time()
    total = own + spent["decode"]
    spent["rest"] = total - sum(spent.values())
    result.write_text(json.dumps({"wall_s": wall, "cpu_s": total, "stages_s": spent}))
    return code


def label_all(tracks: list[Path], folder: Path) -> dict[str, Any]:
    """Label tracks into a new catalogue, in a process of its own whose memory is watched."""
    import psutil

    size = len(tracks)
    (folder / f"{size}.list").write_text("\n".join(map(str, tracks)))
    result = folder / f"{size}.json"
    command = [sys.executable, "-m", "benchmarks.catalogue", "--measured", str(result), "label"]
    command += ["--list", str(folder / f"{size}.list"), "--catalogue", str(folder / f"{size}.db")]
    began = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=REPO)
    labeller = psutil.Process(process.pid)
    peak, peak_children = 0, 0
    while process.poll() is None:
        try:
            children = sum(child.memory_info().rss for child in labeller.children(recursive=True))
            peak, peak_children = max(peak, labeller.memory_info().rss), max(peak_children, children)
        except psutil.Error:
            pass  # one that ended while it was looked at
        time.sleep(0.2)
    wall = time.perf_counter() - began
    assert process.stderr is not None
    said = process.stderr.read().strip().splitlines()[-1]
    if process.returncode or f"{size} files: {size} heard, 0 known before, 0 copies, 0 failed" not in said:
        raise SystemExit(f"{size} tracks: exit code {process.returncode}: {said}")
    measured: dict[str, Any] = json.loads(result.read_text())
    memory = {"labeller_mb": peak / 2**20, "children_mb": peak_children / 2**20}
    return measured | {"wall_s": wall, "tracks": size, **memory}


# -- the origin's way ------------------------------------------------------------------------------------------------


def reference(tracks: list[Path]) -> dict[str, Any]:
    """Seconds a track of the origin's way; the first one warms up and is not counted."""
    from benchmarks.single_song import origin

    walls = [origin(track, 1)["wall_s"][0] for track in tracks]
    return {"wall_s": walls[1:]}


def _reference_apart(tracks: list[Path]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.catalogue", "--way", "reference", *map(str, tracks)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPO)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["it failed"])[-1]}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


# -- many rows ---------------------------------------------------------------------------------------------------------


def many_rows(rows: int, folder: Path) -> dict[str, Any]:
    """Seconds, CPU seconds and peak memory of every command that goes over a whole catalogue."""
    catalogue, music = folder / "many.db", folder / "music"
    began = time.perf_counter()
    files = _made_catalogue(catalogue, music, rows)
    print(f"made in {time.perf_counter() - began:.0f} s: {catalogue.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
    export = ["catalogue", "export", "-c", str(catalogue), "--out"]
    commands = {
        "label again": ["label", str(music), "-c", str(catalogue)],
        "info": ["catalogue", "info", "-c", str(catalogue)],
        "check": ["catalogue", "check", "-c", str(catalogue)],
        **{kind: [*export, str(folder / f"all.{kind}")] for kind in ("csv", "jsonl", "xlsx", "parquet")},
        "backup": ["catalogue", "backup", str(folder / "copy.db"), "-c", str(catalogue)],
    }
    spent = {}
    for name, arguments in commands.items():
        spent[name], said = _command(arguments)
        if name == "label again" and f"{files} files: 0 heard" not in said:
            raise SystemExit(f"it was heard again: {said}")
    return {"rows": rows, "commands": spent}


def _made_catalogue(catalogue: Path, music: Path, rows: int) -> int:
    """Fill a catalogue, and a folder with the files that it knows; gives how many files there are."""
    from genrelens.catalogue.decisions import Decisions, Desk, Verdict
    from genrelens.catalogue.paths import from_text
    from tests.catalogue.made import synthetic_catalogue

    with synthetic_catalogue(catalogue, rows, folder=str(music), dimensions=EMBEDDING) as made:
        model = made.latest_model()
        assert model is not None
        verdicts, files = [], 0
        for row in made.rows(model):
            if row.sha256:
                path = from_text(row.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                os.truncate(path, row.size)  # a hole: no block on the disk
                known = made.known_files([row.path])[row.path]
                os.utime(path, ns=(known.mtime_ns, known.mtime_ns))
                files += 1
            if row.top and files % 2:
                verdicts.append(Verdict(row.sha256, model, "accept", row.genre))
        Decisions(made.database).decide_all(Desk("editor"), verdicts, batch="benchmark")
    return files


def _command(arguments: list[str]) -> tuple[dict[str, float], str]:
    """What a command costs, and what it said last."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "genrelens", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1: a few of the made-up files failed
        raise SystemExit(f"{arguments}: exit code {process.returncode}: {said}")
    cpu = usage.ru_utime + usage.ru_stime
    wall = time.perf_counter() - began
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": usage.ru_maxrss / 1024}, said


# -- the whole -------------------------------------------------------------------------------------------------------


def benchmark(sizes: list[int], reference_tracks: int, folder: Path) -> dict[str, Any]:
    """Every size once, smallest first, then the reference on some of the same tracks."""
    long = [size for size in sizes if size <= LONG_UP_TO]
    tracks = make_tracks(folder / "long", max([*long, reference_tracks + 1]), LONG_S)
    rows = []
    for size in sorted(sizes):
        chosen = tracks[:size] if size <= LONG_UP_TO else make_tracks(folder / f"short{size}", size, SHORT_S)
        rows.append(label_all(chosen, folder) | {"seconds": LONG_S if size <= LONG_UP_TO else SHORT_S})
    result: dict[str, Any] = {"sizes": rows}
    if reference_tracks:
        result["reference"] = _reference_apart(tracks[: reference_tracks + 1])
    return result


def _show_rows(result: dict[str, Any]) -> None:
    for name, spent in result["commands"].items():
        wall, cpu, peak = spent["wall_s"], spent["cpu_s"], spent["peak_mb"]
        met = _met(wall <= BAR_COMMAND_S)
        print(f"{name:12} {wall:6.1f} s (bar: {BAR_COMMAND_S:.0f} s{met}), {cpu:.1f} CPU s, peak {peak:.0f} MB")


def _show(result: dict[str, Any]) -> None:
    for row in result["sizes"]:
        size, wall = row["tracks"], row["wall_s"]
        print(f"{size} tracks of {row['seconds']} s: {wall:.1f} s, {size / wall:.2f} tracks/s, {_memory(row)}")
        cpu = row["cpu_s"]
        shares = ", ".join(f"{name} {spent / cpu:.0%}" for name, spent in row["stages_s"].items())
        print(f"    {cpu / size:.3f} CPU s a track, {cpu / wall:.2f} cores busy: {shares}")
    memory = [row["labeller_mb"] + row["children_mb"] for row in result["sizes"]]
    if len(memory) > 1:
        grown = max(memory) / memory[0]
        print(f"memory: {grown:.2f} times that of the smallest size (bar: {BAR_FLAT:.2f}{_met(grown <= BAR_FLAT)})")
    long = [row for row in result["sizes"] if row["seconds"] == LONG_S]
    if not long:
        return
    a_track = long[-1]["wall_s"] / long[-1]["tracks"]
    if long[-1]["tracks"] == LONG_UP_TO:
        wall = long[-1]["wall_s"]
        print(f"1000 tracks: {wall:.0f} s (bar: {BAR_S:.0f} s on two cores{_met(wall <= BAR_S)})")
    other = result.get("reference")
    if other and "error" in other:
        print(f"the origin's way: not measured: {other['error']}")
    elif other:
        theirs = statistics.median(other["wall_s"])
        ratio = theirs / a_track
        print(f"the origin's way: {theirs:.2f} s a track (median of {len(other['wall_s'])})")
        print(f"ratio: {ratio:.0f} times faster (bar: {BAR_RATIO:.0f}{_met(ratio >= BAR_RATIO)})")


def _memory(row: dict[str, Any]) -> str:
    return f"peak {row['labeller_mb']:.0f} MB and {row['children_mb']:.0f} MB in the children"


def _met(met: bool) -> str:
    return ", met" if met else ", MISSED"


def main() -> None:
    """Print the figures, or JSON."""
    if sys.argv[1:2] == ["--measured"]:
        sys.exit(measured_command(sys.argv[3:], Path(sys.argv[2])))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000", help="numbers of tracks; 5000 takes as long again")
    parser.add_argument("--reference", type=int, default=5, help="tracks for the origin's way; 0 leaves it out")
    parser.add_argument("--rows", type=int, help="instead: a catalogue of so many rows, gone over by every command")
    parser.add_argument("--folder", type=Path, help="where the tracks go, 4.3 MB each; a temporary folder if left out")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--way", choices=["reference"], help=argparse.SUPPRESS)
    parser.add_argument("tracks", nargs="*", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(reference(options.tracks)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.rows:
            result = many_rows(options.rows, Path(folder))
        else:
            result = benchmark([int(size) for size in options.sizes.split(",")], options.reference, Path(folder))
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        (_show_rows if options.rows else _show)(result)


if __name__ == "__main__":
    main()
