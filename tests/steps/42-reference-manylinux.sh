#!/usr/bin/env bash
# does: the audit's policies, against auditwheel's
# lanes: test test-all
. tests/support/step.sh
use_pip
tests/reference/manylinux/run.sh
