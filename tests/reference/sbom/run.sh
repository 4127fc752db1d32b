#!/usr/bin/env bash
# The bill of materials and the provenance of an executable, with readers that others wrote, against the plan and a venv
# of the locked packages: run.sh PROJECT EXECUTABLE VENV
#
# The readers are installed once, at pinned versions, into a venv under the user's cache; without network after that.
# Needs PERMAFREEZE_RUNTIME, the runtime's folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

venv=$("$here/../../support/reference_venv.sh" sbom "$here/requirements.txt")
"$venv/bin/python" "$here/runtime_libraries.py" "$here/../../../nix/runtime-libraries.json"
"$venv/bin/python" "$here/check.py" "$@"
# The executables of other targets, as far as they have been built.
for other in "$(dirname "$2")/$(basename "$1")"-*; do
  [ "$other" = "$2" ] || "$venv/bin/python" "$here/check.py" "$1" "$other"
done
