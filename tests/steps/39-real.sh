#!/usr/bin/env bash
# does: real projects of our own, frozen and tried: in test a handful; in test-all every one, and beside plain PyInstaller's
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
arguments=()
case $PERMAFREEZE_LANE in
test) arguments=(--quick) ;;
test-all)
  use_pip
  use_runtime
  arguments=(--plain)
  ;;
esac
command -v Xvfb >/dev/null || nix/setup.sh xvfb
python3 tests/real/run.py --work "$work/real" "${arguments[@]}"
