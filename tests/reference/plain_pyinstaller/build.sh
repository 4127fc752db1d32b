#!/bin/sh
# Freezes a project with plain PyInstaller, as a user would, to compare with: build.sh VENV PROJECT OUT [OPTION...]
# VENV is made by tests/reference/venv/make.sh --dev; further OPTIONs go to PyInstaller.
# Gives OUT/dist/NAME and PyInstaller's work folder OUT/build/NAME with its *.toc files and warn-NAME.txt. OUT is emptied.
# in_root.sh does the same without the machine's libraries.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
venv=$(CDPATH='' cd -- "$1" && pwd)
project=$(CDPATH='' cd -- "$2" && pwd)
mkdir -p -- "$3"
out=$(CDPATH='' cd -- "$3" && pwd)
# What is in it, not itself: it may be a mount point.
rm -rf -- "${out:?}"/*
shift 3
# PyInstaller's cache of binaries would make a second run something else than a first one, so it is part of OUT.
export PYINSTALLER_CONFIG_DIR="$out/config"
# What the project says of itself (name, options) comes from its pyproject.toml, like permafreeze's.
eval "set -- $("$venv/bin/python" -I "$here/options.py" "$project" "$out/entry") \"\$@\""
cd "$out"
exec "$venv/bin/python" -I -m PyInstaller --onefile --noupx --clean --noconfirm --log-level WARN \
    --distpath "$out/dist" --workpath "$out/build" --specpath "$out" "$@"
