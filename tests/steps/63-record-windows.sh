#!/usr/bin/env bash
# does: records what plain PyInstaller, run under wine, makes of the project for Windows (in no lane: by name)
# lanes: by-name
. tests/support/step.sh
use_wine
runtime=$("$permafreeze" toolchain list --json | python3 -c "
import json, sys
print(next(p['path'] for p in json.load(sys.stdin) if p['name'] == 'runtime-3.13-windows-amd64-wheels'))")
venv=$(tests/support/reference_venv.sh pe tests/reference/pe/requirements.txt)
rm -rf "$work/record-windows"
"$venv/bin/python" tests/reference/windows_pyinstaller/record.py "$runtime" "$work/record-windows" \
  tests/reference/windows_pyinstaller/plain.json
