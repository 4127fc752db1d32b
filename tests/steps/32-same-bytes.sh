#!/usr/bin/env bash
# does: same bytes: other folder, hash seed, time zone, locale, umask, core count
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
objects=20
[ "$PERMAFREEZE_LANE" = test-all ] || objects=8
python3 tests/e2e/same_bytes.py . "$attribute" --objects "$objects"
