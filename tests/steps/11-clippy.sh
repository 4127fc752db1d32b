#!/usr/bin/env bash
# does: clippy and the compiler have no warning; the lock of the fuzz targets is current
# lanes: check test test-all
. tests/support/step.sh
# A workspace of its own, so its lock does not follow by itself.
cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null
cargo clippy --workspace --all-targets --locked -- -D warnings
