#!/bin/sh
# After `make build-binary` plain Nix needs no network: build, show, check, in a network namespace that has none.
# And what people on macOS get is the derivation of the Linux system that their Nix builds on.
#
# usage: offline.sh FLAKE ATTRIBUTE [--all-targets]
#
# --all-targets: also `nix flake check`, which builds every pinned executable, and so needs the toolchain of every target.
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
target=linux-${attribute##*-linux-}
check build "$flake#checks.$(uname -m)-linux.repro-$target" --no-link
[ "${3:-}" != --all-targets ] || check flake check "$flake"
drv() { nix --extra-experimental-features 'nix-command flakes' eval --raw "$flake#packages.$1.$2.drvPath" 2>drv.log || cat drv.log; }
same() { # system, its Linux system, executable
  if [ "$(drv "$1" "$3")" = "$(drv "$2" "$3")" ]; then
    passed=$((passed + 1))
    echo "ok  $3 on $1 is built as on $2"
  else
    failed=$((failed + 1))
    echo "FAIL  $3 on $1 is not built as on $2: $(drv "$1" "$3")"
  fi
}
for target in linux-amd64 linux-arm64; do
  same aarch64-darwin aarch64-linux "${attribute%-linux-*}-$target"
  same x86_64-darwin x86_64-linux "${attribute%-linux-*}-$target"
done
if [ "$(drv aarch64-linux "$attribute")" = "$(drv x86_64-linux "$attribute")" ]; then
  failed=$((failed + 1))
  echo "FAIL  two hosts have one derivation: the comparison is void"
fi
[ -x "$(echo result/bin/*)" ] && [ -s result/share/permafreeze/report.json ] || { echo "FAIL  result is incomplete"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
