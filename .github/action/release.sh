#!/usr/bin/env bash
# Adds the toolchain's files of a release of permafreeze to the Nix store; the pins of this permafreeze decide what is taken.
# Needs COMMAND, and GH_TOKEN to read the repository.
#
# usage: release.sh TAG REPOSITORY
set -euo pipefail
[ $# = 2 ] || { sed -n '5s/^# //p' "$0" >&2; exit 2; }
assets=$(mktemp -d)
trap 'rm -rf "$assets"' EXIT
gh release download "$1" --repo "$2" --dir "$assets" --pattern 'permafreeze-*'
"$COMMAND" toolchain import "$assets"
