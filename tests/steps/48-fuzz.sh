#!/usr/bin/env bash
# does: readers of foreign bytes, fuzzed
# lanes: test-all
. tests/support/step.sh
FUZZ_SECONDS=${FUZZ_SECONDS:-60} tests/fuzz.sh
