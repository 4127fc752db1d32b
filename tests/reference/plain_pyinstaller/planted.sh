#!/usr/bin/env bash
# A library that only this machine has does not get into what plain PyInstaller builds for the comparison.
#
# usage: planted.sh ROOT VENV WORK      ROOT and VENV: see in_root.sh
#
# Plants a library on the machine, as far as a namespace of mounts sees it: in ldconfig's list, by which PyInstaller
# resolves `ctypes.util.find_library`. Freezes a script that asks for it twice: by build.sh outside, where it must be
# found (else this test is void), and by in_root.sh, where it must not. Prints `N passed, N failed`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$1 venv=$2
rm -rf "$3"
mkdir -p "$3/planted" "$3/project/src/asks"
work=$(cd "$3" && pwd)
PATH=$PATH:/usr/sbin:/sbin
name=permafreeze_planted

echo 'int planted;' | cc -shared -nostdlib -x c - -o "$work/planted/lib$name.so.4" "-Wl,-soname,lib$name.so.4"
{ echo "$work/planted"; cat /etc/ld.so.conf; } >"$work/ld.so.conf"
(cd /etc && ldconfig -X -f "$work/ld.so.conf" -C "$work/ld.so.cache") 2>/dev/null

cat >"$work/project/pyproject.toml" <<'TOML'
[project]
name = "pyinstaller"
scripts = { planted = "asks.main:main" }
[tool.poetry]
packages = []
TOML
: >"$work/project/src/asks/__init__.py"
cat >"$work/project/src/asks/main.py" <<PYTHON
import ctypes
import ctypes.util


def main():
    ctypes.CDLL(ctypes.util.find_library("$name"))
PYTHON

passed=0 failed=0
holds() { # what, command…
  local what=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "does not hold: $what"; fi
}
collects() { # folder of a build
  "$venv/bin/python" -I - "$1/dist/planted" "lib$name.so.4" <<'PYTHON'
import sys
from PyInstaller.archive.readers import CArchiveReader
toc = CArchiveReader(sys.argv[1]).toc
assert "base_library.zip" in toc, sorted(toc)
sys.exit(sys.argv[2] not in toc)
PYTHON
}
lacks() { [ -e "$1/dist/planted" ] && ! collects "$1"; }

as_user=""
[ "$(id -u)" = 0 ] || as_user="--map-root-user"
# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; an option or nothing
on_planted_machine() { unshare $as_user --mount sh -c 'mount --bind "$0" /etc/ld.so.cache && exec "$@"' "$work/ld.so.cache" "$@"; }
paths=(--paths "$work/project/src")
on_planted_machine "$here/build.sh" "$venv" "$work/project" "$work/outside" "${paths[@]}"
on_planted_machine "$here/in_root.sh" "$root" "$venv" "$work/project" "$work/inside" "${paths[@]}"
holds "the machine's library is collected where PyInstaller sees the machine" collects "$work/outside"
holds "it is not collected in a root of its own" lacks "$work/inside"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
