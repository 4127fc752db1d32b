#!/usr/bin/env bash
# linux-arm64 and aarch64 hosts, proved on an x86_64 machine by emulation: run.sh PROJECT EXECUTABLE WORK [--quick]
#
# EXECUTABLE: the amd64 one in the project's dist folder, already built; the arm64 one and what it needs is built here.
# REDIS_SOCKET: a Redis for the selftest. --quick leaves out the import of every module and the aarch64 tools' builds.
# Needs PERMAFREEZE_HOST_PYTHON, and what tests/reference/smoke wrote into WORK.
set -euo pipefail
cd "$(dirname "$0")/../../.."
project=$1
amd64=$2
work=$3
name=$(basename "$project")
arm64=$(dirname "$amd64")/$name-linux-arm64
report() { echo "$(dirname "$1")/.$(basename "$1")/share/permafreeze/report.json"; }
say() { printf '\n== %s\n' "$*"; }

say "linux-arm64: built on $(uname -m)"
target/release/permafreeze --project "$project" build "$name-linux-arm64" --locked --out-dir "$(dirname "$amd64")"

say "linux-arm64: a changed byte is found, and said where"
object=$(python3 -c "
import sys
sys.path.insert(0, 'tests/support')
from derivation import closure, of_attribute
print(next(d.output for d in closure(of_attribute('.', '$name-linux-arm64')) if 'aarch64.whl' in d.name))")
python3 tests/support/test_explain.py "$arm64" "$object"

say "linux-arm64: the same modules and files as on amd64"
python3 tests/e2e/arm64/module_sets.py "$amd64" "$(report "$amd64")" "$arm64" "$(report "$arm64")"

say "linux-arm64: selftest in a root with four system libraries, emulated ($(tests/support/emulate.sh --way))"
root=$work/arm64-root
tests/support/arm64_root.sh "$root"
tests/support/emulate.sh --root "$root" --bind "$arm64" --bind "$(dirname "$REDIS_SOCKET")" \
  --set REDIS_URL="unix://$REDIS_SOCKET" "$arm64" selftest

[ "${4:-}" != --quick ] || exit 0

say "linux-arm64: every module imported in the executable, emulated, against amd64"
python3 tests/e2e/arm64/imports.py "$arm64" "$(report "$arm64")" "$work/smoke/frozen.json" "$root" "$work/arm64-imports"

say "aarch64 hosts: the same bytes from the aarch64 tools, emulated"
# The tools' pins for the other host.
target/release/permafreeze toolchain build host-python-aarch64-linux compile-aarch64-linux link-aarch64-linux
python3 tests/e2e/arm64/identity.py . "$name" "$work/arm64-identity"
