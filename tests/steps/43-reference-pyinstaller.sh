#!/usr/bin/env bash
# does: modules, files and base_library.zip, against plain PyInstaller in a root of its own; its spec, imported
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
use_pip
use_runtime
for version in $(pyinstaller_versions); do
  echo "PyInstaller $version"
  tests/reference/plain_pyinstaller/run.sh "$project" "$work" "$version"
done
