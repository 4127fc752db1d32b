#!/usr/bin/env bash
# does: the builder of source distributions and the evaluation of specs, on hostile ones; which hooks only declare; the loader of frozen modules
# lanes: check test test-all
. tests/support/step.sh
python3 -c 'import sys, tarfile; sys.exit(not hasattr(tarfile, "data_filter"))' || skip "Python 3.11.4 or newer is not installed"
python3 tests/support/test_build_wheel.py
python3 tests/support/test_declarations.py
python3 tests/loader/test_archive.py
python3 tests/loader/test_bootstrap.py
python3 tests/support/test_evaluate_spec.py
