#!/bin/sh
# Makes a venv of exactly the locked packages: make.sh [OPTION...] PROJECT DESTINATION. See make.py.
set -eu
# The runtime has no pip, and needs none: the machine's pip, or a pip wheel, installs into the venv from outside.
exec "${PYTHON:-python3}" -I "$(dirname -- "$0")/make.py" "$@"
