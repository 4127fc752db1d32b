#!/usr/bin/env bash
# Compares the audit's table of manylinux policies with auditwheel's own. Fetched once into the user's cache.
set -euo pipefail
cd "$(dirname "$0")/../../.."

AUDITWHEEL=auditwheel==6.8.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/permafreeze/reference/$AUDITWHEEL
if [ ! -e "$cache" ]; then
  rm -rf "$cache.new"
  # shellcheck disable=SC2086
  ${PERMAFREEZE_PIP:-pip} --disable-pip-version-check install --quiet --no-deps --ignore-requires-python \
    --target "$cache.new" "$AUDITWHEEL"
  mv "$cache.new" "$cache"
fi
cargo run --quiet --locked -p permafreeze-test-tools -- policies \
  "$cache/auditwheel/policy/manylinux-policy.json"
