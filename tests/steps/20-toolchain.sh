#!/usr/bin/env bash
# does: the command, the toolchain of linux-amd64 and the example, from nothing
# lanes: test test-all
. tests/support/step.sh
make build-binary
