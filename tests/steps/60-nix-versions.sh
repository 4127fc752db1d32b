#!/usr/bin/env bash
# does: same bytes: clean builds by Nix 2.8, 2.26, 2.34, also of what `nix flake init` makes, which `nix develop` starts
# lanes: test-all
# needs: arm64
. tests/support/step.sh
python3 tests/e2e/nix_versions/run.py . "$work/nix-versions" "$permafreeze" "$attribute" "$name-linux-arm64"
