#!/usr/bin/env bash
# does: the example: rebuilt the same, as pinned, portable, every module imports, every byte accounted for
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
"$permafreeze" --project "$project" verify "$attribute" --require-smoke
