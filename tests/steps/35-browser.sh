#!/usr/bin/env bash
# does: the page of inspect, in a browser
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
tests/e2e/browser/run.sh "$binary"
