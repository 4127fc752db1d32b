#!/usr/bin/env bash
# does: a small project, locked with the oldest PyInstaller and hooks-contrib, some between and the newest, is linked and runs
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
use_pip
python3 tests/reference/pyinstaller_versions/run.py "$permafreeze" "$work/pyinstaller-versions" 6.11.0/2024.0 \
  6.15.0/2025.0 6.18.0/2026.0 "$(newest_pyinstaller)/2026.9"
