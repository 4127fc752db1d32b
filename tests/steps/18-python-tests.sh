#!/usr/bin/env bash
# does: the builder of source distributions and the evaluation of specs, on hostile ones; which hooks only declare; the loader of frozen modules; the scripts of the action and of the release
# lanes: check test test-all
. tests/support/step.sh
python3 -c 'import sys, tarfile; sys.exit(not hasattr(tarfile, "data_filter"))' || skip "Python 3.11.4 or newer is not installed"
tests=(
  tests/support/test_action.py
  tests/support/test_build_wheel.py
  tests/support/test_declarations.py
  tests/support/test_evaluate_spec.py
  tests/support/test_release.py
  tests/loader/test_archive.py
  tests/loader/test_bootstrap.py
)
# All at once: most of them wait for what they have started. What a file says is shown when it has ended.
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
running=()
for test in "${tests[@]}"; do
  python3 "$test" >"$output/$(basename "$test")" 2>&1 &
  running+=($!)
done
failed=0
for index in "${!tests[@]}"; do
  code=0
  wait "${running[$index]}" || code=$?
  echo "${tests[$index]}:"
  cat "$output/$(basename "${tests[$index]}")"
  [ "$code" = 0 ] || failed=1
done
exit "$failed"
