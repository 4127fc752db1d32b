#!/bin/sh
# Ratios to plain PyInstaller on the same work; options: see bench.py. Runs after `make build-binary`; some ten minutes.
set -eu
exec python3 "$(dirname -- "$0")/bench.py" "$@"
