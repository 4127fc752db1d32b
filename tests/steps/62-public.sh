#!/usr/bin/env bash
# does: projects of others, at a commit, built as a new user would (PERMAFREEZE_MIRROR: a folder of bare repositories)
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
python3 tests/real/run.py --work "$work/real" --public ${PERMAFREEZE_MIRROR:+--mirror "$PERMAFREEZE_MIRROR"}
