#!/usr/bin/env bash
# does: resolve, against packaging, pip and Poetry
# lanes: test test-all
. tests/support/step.sh
use_pip
tests/reference/resolve/run.sh
