#!/usr/bin/env bash
# does: the Rust code is formatted
# lanes: check test test-all
. tests/support/step.sh
cargo fmt --check
cargo fmt --check --manifest-path fuzz/Cargo.toml
