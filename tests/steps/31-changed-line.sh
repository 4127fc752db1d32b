#!/usr/bin/env bash
# does: a changed line of the example changes its object and what has that inside, for every target: no derivation more
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
python3 tests/e2e/changed_line.py . "$project"
