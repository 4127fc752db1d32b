#!/usr/bin/env bash
# Writes what a release has into one flat folder: the executables, their bills of materials, provenance and report, what the
# store has of the toolchain, and SHA256SUMS of all of it.
#
# usage: assets.sh PROJECT DIST OUT     DIST: the folder that the executables were built into; OUT must not be there
set -euo pipefail
[ $# = 3 ] || { sed -n '5s/^# //p' "$0" >&2; exit 2; }
project=$1 dist=$2 out=$3
permafreeze=${PERMAFREEZE:-target/release/permafreeze}
[ ! -e "$out" ] || { echo "assets.sh: $out is there already" >&2; exit 1; }
mkdir -p "$out"
for file in "$dist"/*; do
  [ ! -f "$file" ] || cp "$file" "$out/"
done
"$permafreeze" --project "$project" sbom --out-dir "$dist" --out "$out/"
"$permafreeze" --project "$project" report --out-dir "$dist" --out "$out/report.md"
# Its list of hashes is of its own files; the one of the release has all.
"$permafreeze" toolchain export "$out"
rm "$out/SHA256SUMS"
sums=$(cd "$out" && LC_ALL=C && sha256sum -- *)
printf '%s\n' "$sums" >"$out/SHA256SUMS"
