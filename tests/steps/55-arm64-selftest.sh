#!/usr/bin/env bash
# does: the example for linux-arm64: selftest and verify, emulated
# lanes: test-all
# needs: arm64
. tests/support/step.sh
use_redis
tests/e2e/arm64/run.sh run "$project" "$binary" "$work"
