#!/usr/bin/env bash
# does: the toolchain of every target
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
"$permafreeze" toolchain build
