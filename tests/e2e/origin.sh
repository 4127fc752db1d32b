#!/usr/bin/env bash
# Changes an executable in every way that `origin` of verify must see: single bytes of every kind, entries added,
# removed, swapped.
#
# usage: origin.sh FLAKE ATTRIBUTE EXECUTABLE
set -euo pipefail
cd "$(dirname "$0")/../.."
flake=$1 attribute=$2 executable=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
output=$(python3 - "$flake" "$attribute" "$work/job.json" <<'PYTHON'
import sys
sys.path.insert(0, "tests/support")
from derivation import Derivation, of_attribute
link = Derivation(of_attribute(*sys.argv[1:3]))
open(sys.argv[3], "w", encoding="utf-8").write(link.environment["job"])
print(link.output)
PYTHON
)
cargo run -q --locked -p permafreeze-test-tools -- tamper \
  "$executable" "$output/share/permafreeze/report.json" "$work/job.json"
