#!/usr/bin/env bash
# does: the tools that check shell scripts, Python files and spelling are installed
# lanes: test test-all
. tests/support/step.sh
venv=$(tests/support/reference_venv.sh lint tests/support/lint-requirements.txt) || skip "no tools for shell, Python and spelling: pip cannot install them"
rm -f "$work/lint-tools"
ln -s "$venv" "$work/lint-tools"
