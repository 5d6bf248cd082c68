#!/usr/bin/env bash
# Sets up what the tests need and runs them all: style, types, layers, tests. Further words go to pytest: ./test.sh -k decode
#   GENRELENS_CORPUS          folder of the labelled corpus (default ../shared/corpus); without it those tests skip
#   GENRELENS_REQUIRE_CORPUS  1: they fail instead        GENRELENS_REQUIRE_BROWSER  1: the same for the browser tests
#   GENRELENS_TEST_WORKERS    tests at the same time (default 2); 0: in this process, for --pdb
#   GENRELENS_TEST_TRAINING   1: install torch (CPU) and run the tests of training/ too
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/venv.sh
. scripts/venv.sh
ensure_venv dev || exit 2
[ "${GENRELENS_TEST_TRAINING:-}" != 1 ] || ensure_venv train || exit 2

missing=()
command -v chromium >/dev/null 2>&1 || missing+=(chromium)
command -v fluidsynth >/dev/null 2>&1 || missing+=(fluidsynth fluid-soundfont-gm)
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing ${missing[*]} from Debian's packages ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/genrelens-apt.log 2>&1 ||
      say "That failed (see /tmp/genrelens-apt.log): the tests that need them skip."
  else
    say "Not installed: ${missing[*]}. The tests that need them skip; to run them: apt install ${missing[*]}"
  fi
fi

bin=.venv/bin
$bin/ruff format --check --quiet src training benchmarks tests examples || { say "Run: .venv/bin/ruff format"; exit 1; }
$bin/ruff check --quiet src training benchmarks tests examples
$bin/mypy
$bin/lint-imports
# Two at a time, a file to one of them: much of the suite waits for browsers, servers and processes that end.
exec $bin/python -m pytest -n "${GENRELENS_TEST_WORKERS:-2}" --dist loadfile "$@"
