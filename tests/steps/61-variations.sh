#!/usr/bin/env bash
# does: same bytes: clean builds with other folders, TZ, LC_ALL, umask, jobs, cores, order of directory entries
# lanes: test-all
# needs: arm64
. tests/support/step.sh
python3 tests/e2e/variations/run.py . "$attribute" "$name-linux-arm64"
