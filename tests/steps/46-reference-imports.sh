#!/usr/bin/env bash
# does: every module imported inside the executable, against a venv
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
use_pip
use_runtime
tests/reference/venv/make.sh "$project" "$work/venv" >/dev/null
python3 tests/reference/smoke/run.py "$binary" "$report" "$work/venv/bin/python" "$work/smoke"
