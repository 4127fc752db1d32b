#!/usr/bin/env bash
# does: a library that only this machine has stays out of what is compared with
# lanes: test test-all
# needs: reference-pyinstaller
. tests/support/step.sh
use_runtime
[ -e "$work/venv-dev/complete" ] && [ -e "$work/plain-root/.complete" ] || skip "there is no plain PyInstaller: step reference-pyinstaller"
tests/reference/plain_pyinstaller/planted.sh "$work/plain-root" "$work/venv-dev" "$work/planted"
