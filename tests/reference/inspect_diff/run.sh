#!/usr/bin/env bash
# `inspect` and `diff` on what plain PyInstaller builds: run.sh PROJECT EXECUTABLE WORK
#
# Needs WORK/venv-dev and WORK/plain, which tests/reference/plain_pyinstaller/run.sh makes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PERMAFREEZE=${PERMAFREEZE:-$root/target/release/permafreeze}
exec "$3/venv-dev/bin/python" -I "$here/check.py" "$3/plain/dist/$(basename "$1")" "$2"
