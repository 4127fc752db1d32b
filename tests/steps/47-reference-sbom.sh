#!/usr/bin/env bash
# does: the bill of materials and the provenance, with other readers, against the plan and the venv
# lanes: test test-all
# needs: reference-imports
. tests/support/step.sh
use_pip
use_runtime
tests/reference/sbom/run.sh "$project" "$binary" "$work/venv"
