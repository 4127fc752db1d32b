#!/usr/bin/env bash
# does: the pins of this machine's static tools are those of the sources
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
host=$(uname -m)-linux
case $host in
x86_64-linux) target=linux-amd64 ;;
aarch64-linux) target=linux-arm64 ;;
esac
"$permafreeze" toolchain pin --check "compile-$host" "link-$host" "launcher-$target"
