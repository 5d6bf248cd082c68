"""The benchmark of one window runs and says what it promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_measures_the_network_beside_a_reference():
    command = [sys.executable, "-m", "benchmarks.window", "--repeats", "3", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    assert all(value > 0 for value in rows.values())
    assert rows["network_to_reference"] == rows["network_ms"] / rows["reference_ms"]
