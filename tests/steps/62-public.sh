#!/usr/bin/env bash
# does: projects of others, at a commit, built as a new user would; specs of others, imported (PERMAFREEZE_MIRROR: a folder of bare repositories)
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
mirror=(${PERMAFREEZE_MIRROR:+--mirror "$PERMAFREEZE_MIRROR"})
python3 tests/real/run.py --work "$work/real" --specs "${mirror[@]}"
python3 tests/real/run.py --work "$work/real" --public "${mirror[@]}"
