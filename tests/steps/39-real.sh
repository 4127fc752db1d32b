#!/usr/bin/env bash
# does: real projects of our own, frozen and tried; in test a handful, in test-all and by name every one
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
arguments=()
[ "$PERMAFREEZE_LANE" != test ] || arguments=(--quick)
command -v Xvfb >/dev/null || nix/setup.sh xvfb
python3 tests/real/run.py --work "$work/real" "${arguments[@]}"
