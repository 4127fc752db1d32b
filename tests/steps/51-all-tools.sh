#!/usr/bin/env bash
# does: the pins of the static tools of both hosts and of the launchers are those of the sources
# lanes: test-all
. tests/support/step.sh
"$permafreeze" toolchain pin --check
