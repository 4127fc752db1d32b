#!/usr/bin/env bash
# does: no typing error (typos)
# lanes: check test test-all
. tests/support/step.sh
tool=$(lint_tool typos) || skip "typos is not installed"
"$tool" --quiet --format brief
