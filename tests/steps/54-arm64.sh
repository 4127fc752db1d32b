#!/usr/bin/env bash
# does: the example for linux-arm64: built, the same modules and files as on amd64
# lanes: test-all
# needs: targets
. tests/support/step.sh
tests/e2e/arm64/run.sh build "$project" "$binary" "$work"
