#!/usr/bin/env bash
# does: readers of foreign bytes, fuzzed
# lanes: test test-all
. tests/support/step.sh
seconds=3
[ "$PERMAFREEZE_LANE" != test-all ] || seconds=60
FUZZ_SECONDS=${FUZZ_SECONDS:-$seconds} tests/fuzz.sh
