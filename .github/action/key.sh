#!/usr/bin/env bash
# Prints the outputs of the action's step `key`: what is cached is named by this machine, permafreeze's source, and the plan.
#
# usage: key.sh PROJECT FOLDER      FOLDER: what is cached; the command lies in it, under the name of its source
set -euo pipefail
[ $# = 2 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
[ -f "$1/permafreeze.lock" ] || {
  echo "::error::$1 has no permafreeze.lock: run \`permafreeze lock\` and commit it" >&2
  exit 1
}
plan=$(sha256sum <"$1/permafreeze.lock" | cut -c1-16)
cd "$(dirname "$0")/../.."
source=$(find Cargo.toml Cargo.lock rust-toolchain.toml src nix -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
same_machine=permafreeze-1-$(uname -m)-
printf '%s\n' "key=$same_machine$source-$plan" "same-tools=$same_machine$source-" "same-machine=$same_machine" \
  "command=$2/command-$source/permafreeze"
