#!/usr/bin/env bash
# does: the example's selftest, in an empty environment and in a root with four system libraries
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
use_redis
env -i REDIS_URL="unix://$REDIS_SOCKET" "$binary" selftest
tests/e2e/minimal_root.sh "$work/minimal-root" "$binary" selftest
