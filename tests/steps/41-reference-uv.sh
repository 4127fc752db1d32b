#!/usr/bin/env bash
# does: uv.lock and pylock.toml, against poetry.lock and uv
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
use_pip
use_runtime
tests/reference/resolve/run.sh uv_twins
