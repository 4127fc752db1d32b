#!/usr/bin/env bash
# does: every test that needs neither Nix nor the toolchain
# lanes: check test test-all
. tests/support/step.sh
rust_tests no ""
