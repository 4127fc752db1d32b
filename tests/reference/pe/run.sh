#!/usr/bin/env bash
# Executables for Windows, with readers that others wrote: run.sh EXECUTABLE…
#
# The readers are installed once, at pinned versions, into a venv under the user's cache; without network after that.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

venv=$("$here/../../support/reference_venv.sh" pe "$here/requirements.txt")
"$venv/bin/python" "$here/check.py" "$@"
