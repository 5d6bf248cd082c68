"""How long a person waits: `genrelens --help`, and from the start of the page to its first answer over HTTP.

    python -m benchmarks.startup [--repeats 5] [--json]

Beside them, in the same run: a bare `python -c pass` and a bare import of Gradio (the page imports it without
writing the stub files that Gradio writes each time, see `studio/quick.py`).
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request


def command_s(arguments: list[str]) -> float:
    """Seconds that one command takes as a whole process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def page_s() -> float:
    """Seconds from starting the page to its first page served whole."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "genrelens", "serve", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - started < 60:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                    answer.read()
                return time.perf_counter() - started
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise SystemExit("the page did not come up within 60 s")
    finally:
        server.terminate()
        server.wait(10)


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = {
        "python -c pass": [command_s(["-c", "pass"]) for _ in range(options.repeats)],
        "genrelens --help": [command_s(["-m", "genrelens", "--help"]) for _ in range(options.repeats)],
        "import gradio": [command_s(["-c", "import gradio"]) for _ in range(options.repeats)],
        "page served": [page_s() for _ in range(options.repeats)],
    }
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for name, seconds in rows.items():
        print(f"{name:18} median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of {len(seconds)}")


if __name__ == "__main__":
    main()
