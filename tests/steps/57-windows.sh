#!/usr/bin/env bash
# does: a project with native packages for Windows: built, run under wine, verified, compared with plain PyInstaller's
# lanes: test-all
# needs: targets
. tests/support/step.sh
use_wine
use_pip
python3 tests/e2e/windows/run.py "$permafreeze" "$work/windows"
tests/reference/windows_pyinstaller/run.sh "$work/windows/project/dist/desk-windows-amd64.exe"
