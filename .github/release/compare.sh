#!/usr/bin/env bash
# Compares executables that another machine has built with those of a release: names those whose bytes differ.
#
# usage: compare.sh ASSETS DIST      ASSETS: the folder of the release, with SHA256SUMS; DIST: what was built again
set -euo pipefail
[ $# = 2 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
built=$(cd "$2" && find . -maxdepth 1 -type f ! -name '.*' -exec sha256sum {} + | sed 's|  \./|  |' | LC_ALL=C sort -k2)
[ -n "$built" ] || { echo "compare.sh: $2 has no executable" >&2; exit 1; }
if differing=$(printf '%s\n' "$built" | grep -Fxv -f "$1/SHA256SUMS"); then
  printf 'compare.sh: not the bytes of the release:\n%s\n' "$differing" >&2
  exit 1
fi
printf 'the same bytes as the release:\n%s\n' "$built"
