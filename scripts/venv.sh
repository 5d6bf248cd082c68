# Sourced by start.sh and test.sh: the virtual environment, made and filled when something changed.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

# A Python of 3.11 or newer, the newest plain name first that fits.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3 python; do
    [ -n "$candidate" ] || continue
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$candidate"
      return 0
    fi
  done
  say "GenreLens needs Python 3.11 or newer, and none was found. Debian, Ubuntu: apt install python3 python3-venv. Elsewhere: https://www.python.org"
  say "Where it has another name or place: PYTHON=/path/to/python ./start.sh"
  return 1
}

# ensure_venv NAME: .venv holds exactly requirements/NAME.txt or more, and the project itself.
ensure_venv() {
  local name=$1 python stamp=.venv/installed-$1 want
  want=$(cat "requirements/$name.txt" pyproject.toml | cksum)
  if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then return 0; fi
  python=$(find_python) || return 1
  if [ ! -x .venv/bin/python ]; then
    say "Setting up GenreLens in .venv (once; needs the network for that) ..."
    if ! "$python" -m venv .venv >&2; then
      rm -rf .venv
      say "The virtual environment could not be made. Debian, Ubuntu: apt install python3-venv"
      return 1
    fi
  fi
  say "Installing what requirements/$name.txt lists ..."
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "requirements/$name.txt" >&2 || { say "The packages could not be installed: see above. Is the network there?"; return 1; }
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e . >&2 || return 1
  printf '%s' "$want" >"$stamp"
}
