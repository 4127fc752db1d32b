#!/usr/bin/env bash
# Installs the packages of a requirements file, at its pinned versions, into a venv under the user's cache, once; without
# network after that. Prints the venv's folder: reference_venv.sh NAME REQUIREMENTS
set -euo pipefail
venv=${XDG_CACHE_HOME:-$HOME/.cache}/permafreeze/reference/$1-$(sha256sum <"$2" | cut -c1-16)
if [ ! -e "$venv/.complete" ]; then
  rm -rf "$venv"
  # Debian's python3 has no ensurepip: the machine's pip installs from outside.
  "${PYTHON:-python3}" -m venv --without-pip "$venv" >&2
  # shellcheck disable=SC2086 # a program and its options
  ${PERMAFREEZE_PIP:-pip} --python "$venv/bin/python" --disable-pip-version-check install --quiet \
    --requirement "$2" >&2
  touch "$venv/.complete"
fi
echo "$venv"
