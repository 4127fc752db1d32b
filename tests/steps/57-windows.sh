#!/usr/bin/env bash
# does: a project with native packages for Windows: built, run under wine, verified
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
use_wine
"$permafreeze" toolchain build --target windows-amd64 --from wheels
python3 tests/e2e/windows/run.py "$permafreeze" "$work/windows"
