"""What an editor waits for with a large catalogue: the long tail, what is there twice, the picture, more like this.

    python -m benchmarks.catalogue_views [--rows 10000,100000] [--folder DIR] [--json]

The catalogue is made up (`tests.catalogue.made`): answers of every kind, embeddings as wide as the shipped model's,
one file in 25 a copy. Nothing is rare among such answers, so the list is asked for six genres. Each view is the real
command in a process of its own: wall time, CPU time, and the most memory that it held. Bar: at 100 000 rows each within
30 s and 2 GB on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.longtail import RARE
from tests.catalogue.made import synthetic_catalogue

REPO: Final = Path(__file__).resolve().parent.parent
BAR_ROWS, BAR_S, BAR_MB = 100_000, 30.0, 2048.0
_DIMENSIONS: Final = 1792
"""Of the embeddings of `genrelens-base`."""


def views(catalogue: Path, folder: Path) -> dict[str, list[str]]:
    """Name -> arguments of the command."""
    of, song = ["--catalogue", str(catalogue)], str(sorted((REPO / "examples").glob("*.ogg"))[0])
    return {
        "longtail": ["longtail", *of, "--json", *(word for genre in RARE for word in ("--genre", genre))],
        "longtail duplicates": ["longtail", "duplicates", *of, "--json"],
        "longtail picture": ["longtail", "picture", *of, "--png", str(folder / "picture.png")],
        "similar": ["similar", song, *of, "--json"],
    }


def measured(arguments: list[str]) -> dict[str, float]:
    """Run `genrelens`: seconds of wall and of CPU, peak of the resident memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "genrelens", *arguments], cwd=REPO, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"genrelens {' '.join(arguments)}: exit code {os.waitstatus_to_exitcode(status)}")
    wall_s = time.perf_counter() - began
    return {"wall_s": wall_s, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def benchmark(rows: int, folder: Path) -> dict[str, Any]:
    """Every view of a catalogue of so many rows, which is made where it is not there yet."""
    where = folder / f"{rows}.db"
    if not where.is_file():
        making = folder / f"{rows}.making.db"
        synthetic_catalogue(making, rows, dimensions=_DIMENSIONS).close()
        making.rename(where)
    return {"rows": rows, "views": {name: measured(arguments) for name, arguments in views(where, folder).items()}}


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="10000", help="numbers of rows; 100 000 take minutes and 1.5 GB to make")
    parser.add_argument("--folder", type=Path, help="where catalogues are made and kept; temporary when left out")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results = [benchmark(int(rows), folder) for rows in options.rows.split(",")]
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for result in results:
        for name, row in result["views"].items():
            met = row["wall_s"] <= BAR_S and row["peak_mb"] <= BAR_MB
            bar = "" if result["rows"] < BAR_ROWS else ", met" if met else ", MISSED"
            figures = f"{row['wall_s']:6.1f} s, {row['cpu_s']:6.1f} CPU s, peak {row['peak_mb']:5.0f} MB"
            print(f"{result['rows']:7} rows, {name:20} {figures}{bar}")


if __name__ == "__main__":
    main()
