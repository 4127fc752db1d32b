#!/usr/bin/env bash
# does: Python files (ruff)
# lanes: check test test-all
. tests/support/step.sh
tool=$(lint_tool ruff) || skip "ruff is not installed"
"$tool" check --quiet
