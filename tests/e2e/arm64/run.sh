#!/usr/bin/env bash
# linux-arm64 and aarch64 hosts, proved on an x86_64 machine by emulation: run.sh PART PROJECT EXECUTABLE WORK
#
# PART: build   the arm64 executable, compared with the amd64 one
#       run     the arm64 executable's selftest, and `verify`, emulated
#       host    the aarch64 host's tools build the executables of all five targets, emulated
# EXECUTABLE: the amd64 one in the project's dist folder, already built; the arm64 one is built beside it.
# REDIS_SOCKET: a Redis for the selftest (run).
set -euo pipefail
cd "$(dirname "$0")/../../.."
part=$1
project=$2
amd64=$3
work=$4
name=$(basename "$project")
arm64=$(dirname "$amd64")/$name-linux-arm64
report() { echo "$(dirname "$1")/.$(basename "$1")/share/permafreeze/report.json"; }
arm64_root() { tests/support/debian_root.sh --architecture arm64 bookworm "$1" tests/support/manylinux-packages.txt; }

build() {
  target/release/permafreeze --project "$project" build "$name-linux-arm64" --locked --out-dir "$(dirname "$amd64")"
  local object
  object=$(python3 -c "
import sys
sys.path.insert(0, 'tests/support')
from derivation import closure, of_attribute
print(next(d.output for d in closure(of_attribute('.', '$name-linux-arm64')) if 'aarch64.whl' in d.name))")
  # A changed byte is found, and the place is named.
  python3 tests/support/test_explain.py "$arm64" "$object"
  python3 tests/e2e/arm64/module_sets.py "$amd64" "$(report "$amd64")" "$arm64" "$(report "$arm64")"
}

run() {
  local root=$work/arm64-root libraries=$work/arm64-libraries
  echo "emulation: $(tests/support/emulate.sh --way)"
  arm64_root "$root"
  tests/support/emulate.sh --root "$root" --bind "$arm64" --bind "$(dirname "$REDIS_SOCKET")" \
    --set REDIS_URL="unix://$REDIS_SOCKET" "$arm64" selftest
  # A root of its own: `emulate.sh` leaves empty files in the other one where it binds something.
  arm64_root "$libraries"
  target/release/permafreeze --project "$project" verify "$name-linux-arm64" --require-smoke --system-root "$libraries"
  # What amd64 accepts is compared with a virtual environment's by tests/reference/smoke.
  python3 - "$project/permafreeze.expected.json" "$name" <<'PYTHON'
import json, sys
accepted = json.load(open(sys.argv[1]))["accepted"]
amd64, arm64 = (accepted[f"{sys.argv[2]}-linux-{arch}"] for arch in ("amd64", "arm64"))
differ = sorted(name for name in amd64.keys() | arm64.keys() if amd64.get(name) != arm64.get(name))
sys.exit(f"modules that only one target accepts, or for another reason: {differ}" if differ else 0)
PYTHON
}

host() {
  # The tools' pins for the other host.
  target/release/permafreeze toolchain build host-python-3.13-aarch64-linux compile-aarch64-linux link-aarch64-linux
  python3 tests/e2e/arm64/identity.py . "$name" "$work/arm64-identity"
}

case $part in
build | run | host) "$part" ;;
*) echo "run.sh: no part \`$part\`: expected build, run or host" >&2; exit 2 ;;
esac
