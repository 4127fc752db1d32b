#!/usr/bin/env bash
# does: a wheel of several targets is compiled once
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
python3 tests/e2e/shared_objects.py . "$project" "$name"
