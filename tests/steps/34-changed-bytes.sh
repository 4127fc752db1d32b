#!/usr/bin/env bash
# does: changed bytes and entries of the example are found
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
tests/e2e/origin.sh . "$attribute" "$binary"
