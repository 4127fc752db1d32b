#!/usr/bin/env bash
# does: nix flake check without network, every target
# lanes: test-all
# needs: targets
. tests/support/step.sh
tests/e2e/offline.sh "$PWD" "$attribute" --all-targets
