#!/usr/bin/env bash
# does: the toolchain of every target
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
"$permafreeze" toolchain build
for target in windows-amd64 darwin-amd64 darwin-arm64; do
  "$permafreeze" toolchain build --target "$target" --from wheels
done
"$permafreeze" --project "$project" fetch
