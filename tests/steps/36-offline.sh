#!/usr/bin/env bash
# does: plain Nix without network: build, flake show, the check of linux-amd64; what macOS evaluates to
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
tests/e2e/offline.sh "$PWD" "$attribute"
