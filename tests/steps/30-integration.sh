#!/usr/bin/env bash
# does: tests with the toolchain and real Nix: small projects, hooks, CPython's marshal
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
use_toolchain
rust_tests yes arm64
