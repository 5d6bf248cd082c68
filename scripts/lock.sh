#!/usr/bin/env bash
# Makes the lock files anew from pyproject.toml: requirements/run.txt (what users get) and dev.txt (run + tests).
# train.txt is kept by hand: torch's builds differ by platform, and the lock would name the CUDA one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
common=(--universal --python-version 3.11 --no-annotate --quiet --custom-compile-command scripts/lock.sh "$@")
uv pip compile "${common[@]}" pyproject.toml -o requirements/run.txt
uv pip compile "${common[@]}" -c requirements/run.txt --extra dev pyproject.toml -o requirements/dev.txt
