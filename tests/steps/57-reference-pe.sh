#!/usr/bin/env bash
# does: an executable for Windows, with pefile, LIEF and PyInstaller's reader; its changed bytes are found
# lanes: test-all
# needs: targets
. tests/support/step.sh
use_pip
executable=dist/$name-windows-amd64.exe
[ -e "$executable" ] || "$permafreeze" --project "$project" build "$name-windows-amd64" --locked
tests/reference/pe/run.sh "$executable"
tests/e2e/origin.sh . "$name-windows-amd64" "$executable"
