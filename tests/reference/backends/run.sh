#!/usr/bin/env bash
# Compares what the plan has of a project with the wheels that build backends make of it: tests/reference/backends/run.sh
#
# They are installed once, at pinned versions, into a venv under the user's cache; without network after that.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
venv=$("$here/../../support/reference_venv.sh" backends "$here/requirements.txt")
cargo build --quiet --locked -p permafreeze-test-tools
driver=${CARGO_TARGET_DIR:-target}/debug/permafreeze-test-tools
failed=0
for test in compare version_text; do
  "$venv/bin/python" -W ignore "$here/$test.py" "$driver" || failed=1
done
exit $failed
