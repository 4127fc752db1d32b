#!/usr/bin/env bash
# does: small projects for linux-arm64
# lanes: test-all
# needs: targets
. tests/support/step.sh
use_toolchain
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace --locked --no-fail-fast --run-ignored only -E 'test(arm64)'
else
  cargo test --workspace --locked --no-fail-fast -q -- --ignored arm64
fi
