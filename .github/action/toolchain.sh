#!/usr/bin/env bash
# Adds to the Nix store what the plan's targets need of the toolchain and the store lacks, built from source. Needs COMMAND.
#
# usage: toolchain.sh PROJECT [TARGET|EXECUTABLE]…      what is built; none: all of the plan
set -euo pipefail
[ $# -ge 1 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }

# For each source of runtimes a line: the source, or `first`, and its targets.
lines=$(python3 - "$@" <<'PYTHON'
import json, sys
project, *asked = sys.argv[1:]
with open(f"{project}/permafreeze.lock") as file:
    planned = json.load(file)["targets"]
named = {target for target in planned for word in asked if word == target or word.endswith(f"-{target}")}
sources = {}
for target in sorted(named or planned):
    sources.setdefault(planned[target].get("runtime", "first"), []).append(target)
for source, targets in sorted(sources.items()):
    print(source, *targets)
PYTHON
)
while read -r source targets; do
  arguments=()
  for target in $targets; do arguments+=(--target "$target"); done
  [ "$source" = first ] || arguments+=(--from "$source")
  "$COMMAND" toolchain build "${arguments[@]}" </dev/null
done <<<"$lines"
