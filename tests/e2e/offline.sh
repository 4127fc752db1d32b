#!/bin/sh
# After `make build-binary` plain Nix needs no network: build, show, check, in a network namespace that has none.
#
# usage: offline.sh FLAKE ATTRIBUTE
set -eu
flake=$1
attribute=$2
passed=0
failed=0
as_user=""
[ "$(id -u)" = 0 ] || as_user="--map-current-user"
check() {
  # shellcheck disable=SC2086 # an option or nothing
  if unshare $as_user --net nix --extra-experimental-features 'nix-command flakes' "$@" >offline.log 2>&1; then
    passed=$((passed + 1))
    echo "ok  nix $*"
  else
    failed=$((failed + 1))
    echo "FAIL  nix $*"
    cat offline.log
  fi
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
check build "$flake#$attribute" --out-link result
check flake show "$flake"
check flake check "$flake"
[ -x result/bin/* ] && [ -s result/share/permafreeze/report.json ] || { echo "FAIL  result is incomplete"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
