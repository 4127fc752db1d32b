#!/usr/bin/env bash
# Installs what builds need, and compiles the command, unless it was cached. usage: command.sh COMMAND
set -euo pipefail
command=$1
cd "$(dirname "$0")/../.."
nix/setup.sh
[ -x "$command" ] || {
  cargo build --release --locked -p permafreeze
  # Those of other sources, that were cached, go.
  folder=$(dirname "$command")
  rm -rf "$(dirname "$folder")"/command-*
  mkdir -p "$folder"
  cp target/release/permafreeze "$command"
}
"$command" --version
