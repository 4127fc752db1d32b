#!/usr/bin/env bash
# Compares resolve with packaging, pip, Poetry, uv and build backends: tests/reference/resolve/run.sh [TEST...]
#
# They are installed once, at pinned versions, into a venv under the user's cache; without network after that.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."

venv=$("$here/../../support/reference_venv.sh" resolve "$here/requirements.txt")

cargo build --quiet --locked -p permafreeze-test-tools
driver=${CARGO_TARGET_DIR:-target}/debug/permafreeze-test-tools

failed=0
for test in "${@:-markers tags wheel_choice content_hash install_list metadata}"; do
  for name in $test; do
    "$venv/bin/python" -W ignore "$here/$name.py" "$driver" || failed=1
  done
done
exit $failed
