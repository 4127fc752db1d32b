#!/usr/bin/env bash
# Executables for macOS, made of PyInstaller's bootloaders and a wheel's library, with readers that others wrote: LIEF,
# macholib, PyInstaller's.
#
# The readers and the wheels are fetched once, at pinned versions, into the user's cache; without network after that.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

venv=$("$here/../../support/reference_venv.sh" macos "$here/requirements.txt")
wheels=$venv/wheels-$(sha256sum "$here/wheels.txt" | cut -c1-16)
if [ ! -e "$wheels" ]; then
  rm -rf "$wheels.new"
  while read -r wheel platform; do
    # shellcheck disable=SC2086
    ${PERMAFREEZE_PIP:-pip} --disable-pip-version-check download --quiet --no-deps --only-binary=:all: \
      --python-version 3.13 --platform "$platform" --dest "$wheels.new" "$wheel"
  done <"$here/wheels.txt"
  mv "$wheels.new" "$wheels"
fi
cd "$here/../../.."
cargo build --quiet --locked -p permafreeze-test-tools
"$venv/bin/python" "$here/check.py" "${CARGO_TARGET_DIR:-target}/debug/permafreeze-test-tools" "$wheels"
