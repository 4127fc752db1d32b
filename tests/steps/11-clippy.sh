#!/usr/bin/env bash
# does: clippy and the compiler have no warning
# lanes: check test test-all
. tests/support/step.sh
cargo clippy --workspace --all-targets --locked -- -D warnings
