#!/usr/bin/env bash
# Sets GenreLens up on first use and runs it: ./start.sh opens the page on http://127.0.0.1:8000,
# ./start.sh classify song.mp3 names a genre, ./start.sh --help says what else there is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
back=$PWD
cd "$here"
# shellcheck source=scripts/venv.sh
. scripts/venv.sh
ensure_venv run || exit 2
cd "$back"
case "${1:-}" in
  "" ) set -- serve ;;
  -h | --help | --version | --debug ) ;;
  -* ) set -- serve "$@" ;;
esac
exec "$here/.venv/bin/genrelens" "$@"
