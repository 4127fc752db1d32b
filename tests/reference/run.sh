#!/usr/bin/env bash
# Everything that is compared with another program: run.sh PROJECT EXECUTABLE WORK [--quick]
#
# --quick leaves out what needs minutes: plain PyInstaller's build and the import of every module.
# Needs PERMAFREEZE_RUNTIME, the runtime's folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$1
executable=$2
work=$3
say() { printf '\n== %s\n' "$*"; }

say "resolve, against packaging, pip and Poetry"
"$here/resolve/run.sh"

# The one that installs into venvs of Python 3.13; Debian 12's own does not run there.
PIP=pip==26.3
if [ -z "${PERMAFREEZE_PIP:-}" ]; then
  export PERMAFREEZE_PIP="python3 $work/$PIP/pip"
  [ -e "$work/$PIP" ] || {
    rm -rf "$work/$PIP.new"
    pip --disable-pip-version-check install --quiet --target "$work/$PIP.new" "$PIP"
    mv "$work/$PIP.new" "$work/$PIP"
  }
fi

say "the archive, with PyInstaller's own readers"
python3 "$here/archive_reader/run.py" "$executable"

say "the audit's policies, against auditwheel's"
"$here/manylinux/run.sh"

[ "${4:-}" != --quick ] || exit 0

say "modules, files and base_library.zip, against plain PyInstaller"
"$here/plain_pyinstaller/run.sh" "$project" "$work"

say "inspect and diff, on what plain PyInstaller builds"
"$here/inspect_diff/run.sh" "$project" "$executable" "$work"
plain=$work/plain/dist/$(basename "$project")
"${CARGO_TARGET_DIR:-$here/../../target}/release/examples/entries" "$plain" |
  "$work/venv-dev/bin/python" -I "$here/archive_reader/compare.py" "$plain"

say "the audit, of ours and of plain PyInstaller's"
(cd "$here/../.." && cargo build --quiet --locked --release -p permafreeze-verify --example audit)
audit=${CARGO_TARGET_DIR:-$here/../../target}/release/examples/audit
report=$(dirname "$executable")/.$(basename "$executable")/share/permafreeze/report.json
python3 "$here/plain_pyinstaller/audit.py" "$audit" "$executable" "$report" "$work/plain/dist/$(basename "$project")"

say "every module imported inside the executable, against the venv"
"$here/venv/make.sh" "$project" "$work/venv" >/dev/null
python3 "$here/smoke/run.py" "$executable" "$report" "$work/venv/bin/python" "$work/smoke"

say "the bill of materials and the provenance, with other readers, against the plan and the venv"
"$here/sbom/run.sh" "$project" "$executable" "$work/venv"
