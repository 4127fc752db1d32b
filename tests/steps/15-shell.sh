#!/usr/bin/env bash
# does: shell scripts (shellcheck)
# lanes: check test test-all
. tests/support/step.sh
tool=$(lint_tool shellcheck) || skip "shellcheck is not installed"
# The recipes are fragments: nix/toolchain/lib.sh runs them in its shell, with its functions and variables.
git ls-files -z '*.sh' '.ci/*' ':!nix/toolchain/*' | xargs -0 "$tool" --external-sources
