#!/usr/bin/env bash
# does: hooks of the oldest PyInstaller and hooks-contrib, some between and the newest run over stubs of their packages
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
use_toolchain
use_pip
# hooks-contrib: its layout changed in 2024.8, hooks with functions for langchain and mypyc came in 2026.
pairs=(6.11.0/2024.0 6.18.0/2026.0 "$(newest_pyinstaller)/2026.9")
[ "${PERMAFREEZE_LANE:-}" = test ] || pairs+=(6.15.0/2024.6 6.15.0/2024.8 6.18.0/2025.0 6.20.0/2025.8 6.20.0/2026.4)
python3 tests/reference/hook_versions/run.py "$work/hook-versions" "${pairs[@]}"
