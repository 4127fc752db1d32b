#!/usr/bin/env bash
# does: the loader of frozen modules gives what PyInstaller's gives, from the oldest version to the newest; which run-time hooks are put off
# lanes: test test-all
. tests/support/step.sh
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "Python 3.11 or newer is not installed"
use_pip
versions=(6.11.0 6.16.0 6.18.0 "$(newest_pyinstaller)")
[ "${PERMAFREEZE_LANE:-}" = test ] || versions=(--all 6.11.{0,1} 6.12.0 6.13.0 6.14.{0,1,2} 6.15.0 6.16.0 6.17.0 6.18.0 6.19.0 6.20.0
  6.21.0 6.22.{0,1,2} "$(newest_pyinstaller)")
python3 tests/reference/loader/run.py "$work/pyinstaller-loader" "${versions[@]}"
