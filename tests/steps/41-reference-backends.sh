#!/usr/bin/env bash
# does: what build backends package and the version files that they write, against their wheels; what a plan's text may do, against Python's parser
# lanes: test-all
. tests/support/step.sh
use_pip
tests/reference/resolve/run.sh backends version_text
