#!/usr/bin/env bash
# does: the aarch64 host's tools give the same bytes, emulated
# lanes: test-all
# needs: arm64
. tests/support/step.sh
tests/e2e/arm64/run.sh host "$project" "$binary" "$work"
