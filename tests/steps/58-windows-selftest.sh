#!/usr/bin/env bash
# does: the example for Windows: selftest and every module, under wine
# lanes: test-all
# needs: targets
. tests/support/step.sh
use_wine
"$permafreeze" --project "$project" build "$name-windows-amd64" --locked
"$WINE" "dist/$name-windows-amd64.exe" selftest </dev/null 2>&1 | cat
"$permafreeze" --project "$project" verify "$name-windows-amd64" --require-smoke
