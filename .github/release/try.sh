#!/usr/bin/env bash
# Tries an executable of a release on the machine at hand: has it the listed hash, does it start, does its selftest pass?
# In an empty environment, but on Windows, where no program starts in one.
#
# usage: try.sh ASSETS NAME      ASSETS: the folder, with SHA256SUMS
set -euo pipefail
[ $# = 2 ] || { sed -n '5s/^# //p' "$0" >&2; exit 2; }
cd "$1"
name=$2
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
listed=$(awk -v name="$name" '$2 == name { print $1 }' SHA256SUMS)
got=$("${sum[@]}" <"$name" | cut -d' ' -f1)
if [ "$got" != "$listed" ]; then
  echo "try.sh: $name has sha256 $got; SHA256SUMS lists ${listed:-none}" >&2
  exit 1
fi
chmod +x "$name"
clean=(env -i)
case $name in *.exe) clean=() ;; esac
"${clean[@]}" "./$name" --version
"${clean[@]}" "./$name" selftest
