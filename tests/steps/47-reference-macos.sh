#!/usr/bin/env bash
# does: executables for macOS, with LIEF, macholib and PyInstaller's reader; the signature, with Apple's
# lanes: test test-all
. tests/support/step.sh
use_pip
tests/reference/macos/run.sh
