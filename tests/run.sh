#!/usr/bin/env bash
# The test lanes and their steps.
#
# usage: tests/run.sh [--json FILE] LANE      every step of a lane: check, test or test-all
#        tests/run.sh [--json FILE] STEP…     these steps alone, in this order; what they need must be there
#        tests/run.sh --list                  the steps, and the lanes that have them
#
# A step is a file tests/steps/NN-NAME.sh; its head says what it does, its lanes, and which step it needs. It runs in the
# checkout, ends with 0 where it passed and 77 where this machine cannot make it; a step that cannot prove a part of
# what it says appends a line to the file $SKIPPED. A failed step does not end a lane, but what needs it is not run.
# FILE gets the times (seconds) and results as JSON [default: target/tests/LANE.json]. Needs bash and git alone.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
steps=tests/steps
json=""
if [ "${1:-}" = --json ]; then
  json=$2
  shift 2
fi

# The value of a line `# KEY: VALUE` in the head of a step.
head_of() { sed -n "s/^# $2: //p" "$1" | head -n 1; }
name_of() { basename "$1" .sh | cut -d- -f2-; }

case "${1:-}" in
--list)
  for file in "$steps"/*.sh; do printf '%-20s %-20s %s\n' "$(name_of "$file")" "$(head_of "$file" lanes)" "$(head_of "$file" does)"; done
  exit
  ;;
check | test | test-all)
  title=$1
  files=()
  for file in "$steps"/*.sh; do
    case " $(head_of "$file" lanes) " in *" $title "*) files+=("$file") ;; esac
  done
  ;;
"" | -*)
  sed -n '4,6s/^# //p' "$0"
  exit 2
  ;;
*)
  title=$(echo "$*" | tr ' ' +)
  files=()
  for name in "$@"; do
    file=$(echo "$steps"/[0-9][0-9]-"$name".sh)
    [ -e "$file" ] || {
      echo "run.sh: no step or lane \`$name\`: expected check, test, test-all or one of $(for f in "$steps"/*.sh; do name_of "$f"; done | tr '\n' ' ')" >&2
      exit 2
    }
    files+=("$file")
  done
  ;;
esac

mkdir -p target/tests
[ -n "$json" ] || json=target/tests/$title.json
export PERMAFREEZE_LANE=$title
case $title in
test | test-all)
  # A lane that starts from nothing has no use for what would make a second compilation quick, which takes 2 GB.
  export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"
  # In the lane test the command is compiled soon rather than made fast; test-all has it as people get it. The static tools do
  # not follow this variable.
  [ "$title" = test-all ] || export CARGO_PROFILE_RELEASE_OPT_LEVEL="${CARGO_PROFILE_RELEASE_OPT_LEVEL:-1}"
  free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }')
  printf '%s GB are free here; this lane takes up to %s GB: build files, and in /nix/store what it builds and downloads\n' "$free" 30
  [ "$free" -ge 8 ] || {
    echo "run.sh: too little room on the disk: free some, \`nix-collect-garbage\` and \`cargo clean\` do" >&2
    exit 1
  }
  ;;
esac
SKIPPED=$(mktemp)
export SKIPPED
trap 'rm -f "$SKIPPED"' EXIT
bad=" " rows="" skips="" passed=0 failed=0 skipped=0
began=$(date +%s)
for file in "${files[@]}"; do
  name=$(name_of "$file")
  printf '\n== %s: %s\n' "$name" "$(head_of "$file" does)"
  : >"$SKIPPED"
  start=$(date +%s)
  unmet=""
  for need in $(head_of "$file" needs); do
    case $bad in *" $need "*) unmet=$need ;; esac
  done
  if [ -n "$unmet" ]; then
    echo "not run: it needs the step $unmet"
    result=failed
  else
    code=0
    # A file, so that the step cannot read what this script reads.
    bash -euo pipefail "$file" </dev/null || code=$?
    case $code in 0) result=passed ;; 77) result=skipped ;; *) result=failed ;; esac
  fi
  seconds=$(($(date +%s) - start))
  printf -- '-- %s: %s, %s s\n' "$name" "$result" "$seconds"
  [ "$result" != skipped ] || [ -s "$SKIPPED" ] || echo "this machine cannot make it; see above" >"$SKIPPED"
  while read -r line; do skips="$skips$name: $line"$'\n'; done <"$SKIPPED"
  case $result in
  passed) passed=$((passed + 1)) ;;
  skipped) skipped=$((skipped + 1)) ;;
  failed) failed=$((failed + 1)) bad="$bad$name " ;;
  esac
  rows="$rows${rows:+,}"$'\n'"    {\"name\": \"$name\", \"seconds\": $seconds, \"result\": \"$result\"}"
done
total=$(($(date +%s) - began))

cat >"$json" <<JSON
{
  "lane": "$title",
  "commit": "$(git rev-parse HEAD 2>/dev/null)",
  "changed": $([ -z "$(git status --porcelain 2>/dev/null)" ] && echo false || echo true),
  "processors": $(getconf _NPROCESSORS_ONLN),
  "seconds": $total,
  "steps": [$rows
  ]
}
JSON

printf '\n== %s: %s s\n' "$title" "$total"
sed -n 's/^    {"name": "\(.*\)", "seconds": \(.*\), "result": "\(.*\)"}.*/\1 \2 \3/p' "$json" |
  while read -r name seconds result; do printf '%6s s  %-8s %s\n' "$seconds" "$result" "$name"; done
[ -z "$skips" ] || { printf '\nSKIPPED on this machine, and so not proved:\n'; printf '%s' "$skips" | sed 's/^/  /'; }
printf '\n%s passed, %s failed' "$passed" "$failed"
[ "$skipped" = 0 ] || printf ', %s skipped' "$skipped"
printf '\n'
[ "$failed" = 0 ]
