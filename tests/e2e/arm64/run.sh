#!/usr/bin/env bash
# linux-arm64 and aarch64 hosts, proved on an x86_64 machine by emulation: run.sh PROJECT EXECUTABLE WORK [--quick]
#
# EXECUTABLE: the amd64 one in the project's dist folder, already built; the arm64 one and what it needs is built here.
# REDIS_SOCKET: a Redis for the selftest. --quick leaves out the import of every module and the aarch64 tools' builds.
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

say "linux-arm64: verify, every module imported in the executable, emulated"
# A root of its own: `emulate.sh` leaves empty files in the other one where it binds something.
libraries=$work/arm64-libraries
tests/support/arm64_root.sh "$libraries"
target/release/permafreeze --project "$project" verify "$name-linux-arm64" --require-smoke --system-root "$libraries"
# What amd64 accepts is compared with a virtual environment's by tests/reference/smoke.
python3 - "$project/permafreeze.lock" "$name" <<'PYTHON'
import json, sys
accepted = json.load(open(sys.argv[1]))["accepted"]
amd64, arm64 = (accepted[f"{sys.argv[2]}-linux-{arch}"] for arch in ("amd64", "arm64"))
differ = sorted(name for name in amd64.keys() | arm64.keys() if amd64.get(name) != arm64.get(name))
sys.exit(f"modules that only one target accepts, or for another reason: {differ}" if differ else 0)
PYTHON

say "aarch64 hosts: the same bytes from the aarch64 tools, emulated"
# The tools' pins for the other host.
target/release/permafreeze toolchain build host-python-aarch64-linux compile-aarch64-linux link-aarch64-linux
python3 tests/e2e/arm64/identity.py . "$name" "$work/arm64-identity"
