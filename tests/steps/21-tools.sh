#!/usr/bin/env bash
# does: the pins of this machine's static tools are those of the sources
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
host=$(uname -m)-linux
"$permafreeze" toolchain pin --check "compile-$host" "link-$host"
