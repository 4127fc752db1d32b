#!/usr/bin/env bash
# does: the archive, with PyInstaller's own readers
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
use_pip
use_runtime
for version in $(pyinstaller_versions); do
  echo "PyInstaller $version"
  python3 tests/reference/archive_reader/run.py --pyinstaller "$version" "$binary"
done
