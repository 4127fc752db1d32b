#!/usr/bin/env bash
# does: inspect, diff and audit, on what plain PyInstaller builds
# lanes: test-all
# needs: reference-pyinstaller
. tests/support/step.sh
plain=$work/plain/dist/$name
[ -e "$plain" ] || skip "there is no plain PyInstaller's build: step reference-pyinstaller"
tests/reference/inspect_diff/run.sh "$project" "$binary" "$work"
cargo build --quiet --locked -p permafreeze-test-tools
tools=${CARGO_TARGET_DIR:-target}/debug/permafreeze-test-tools
"$tools" entries "$plain" | "$work/venv-dev/bin/python" -I tests/reference/archive_reader/compare.py "$plain"
python3 tests/reference/plain_pyinstaller/audit.py "$tools" "$binary" "$report" "$plain"
