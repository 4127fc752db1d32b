#!/usr/bin/env bash
# does: the bill of materials and the provenance, with other readers, against the plan and (not in test) a venv
# lanes: test test-all
# needs: toolchain
. tests/support/step.sh
use_pip
use_runtime
venvs=()
[ "${PERMAFREEZE_LANE:-}" = test ] || {
  tests/reference/venv/make.sh "$project" "$work/venv" >/dev/null
  venvs=("$work/venv")
}
tests/reference/sbom/run.sh "$project" "$binary" "${venvs[@]}"
