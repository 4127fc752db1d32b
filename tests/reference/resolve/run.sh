#!/usr/bin/env bash
# Compares resolve with packaging, pip and Poetry: tests/reference/resolve/run.sh [TEST...]
#
# They are installed once, at pinned versions, into a venv under the user's cache; without network after that.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/permafreeze/reference
venv=$cache/resolve-$(sha256sum <"$here/requirements.txt" | cut -c1-16)
if [ ! -e "$venv/.complete" ]; then
  rm -rf "$venv"
  # Debian's python3 has no ensurepip: the machine's pip installs from outside.
  "${PYTHON:-python3}" -m venv --without-pip "$venv"
  ${PERMAFREEZE_PIP:-pip} --python "$venv/bin/python" --disable-pip-version-check install --quiet \
    --requirement "$here/requirements.txt"
  touch "$venv/.complete"
fi

cargo build --quiet --locked -p permafreeze-resolve --example reference
driver=${CARGO_TARGET_DIR:-target}/debug/examples/reference

failed=0
for test in "${@:-markers tags wheel_choice content_hash install_list metadata}"; do
  for name in $test; do
    "$venv/bin/python" -W ignore "$here/$name.py" "$driver" || failed=1
  done
done
exit $failed
