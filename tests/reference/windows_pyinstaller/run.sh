#!/usr/bin/env bash
# Compares the project's executable for Windows with what plain PyInstaller made under wine, which is recorded in plain.json:
# run.sh EXECUTABLE. To record it again, after a change of the project or of PyInstaller's version (record.py says what it
# needs): make test STEP=record-windows
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
executable=$1
name=$(basename "$executable" .exe)
reasons=$(dirname "$executable")/.$name/share/permafreeze/reasons.json
venv=$("$here/../../support/reference_venv.sh" pe "$here/../pe/requirements.txt")
"$venv/bin/python" "$here/../plain_pyinstaller/compare.py" "$here/allowed.toml" "$here/plain.json" "$executable" "$reasons"
