#!/usr/bin/env bash
# Every test, cheapest first. Runs after `make build-binary`; needs cargo, Nix and what nix/setup.sh installs.
#
# usage: tests/run.sh [--quick]     --quick: without the comparisons that build with plain PyInstaller, and without what
#                                   takes minutes under emulation
set -euo pipefail
cd "$(dirname "$0")/.."

# What only the tests need.
command -v redis-server >/dev/null || nix/setup.sh redis-server

flake=$PWD
name=agent-runner
# The short name: for a full one Nix also asks `legacyPackages`, for which it fetches nixpkgs.
attribute=$name-linux-amd64
binary=$PWD/dist/$name-linux-amd64
project=$PWD/examples/$name
work=${PERMAFREEZE_TEST_DIR:-$PWD/target/tests}
mkdir -p "$work"

say() { printf '\n== %s\n' "$*"; }

# Runs a test that ends with 77 where this machine cannot make it; those are listed at the end.
skipped=()
may_skip() {
  local code=0
  "$@" || code=$?
  [ "$code" != 77 ] || { skipped+=("$*"); code=0; }
  return "$code"
}

# The toolchain's Pythons, as the tests want them: folders, not archives.
unpack() { # key of the pins, folder
  local archive
  archive=$(target/release/permafreeze toolchain list --json | python3 -c "
import json, sys
print(next(p['path'] for p in json.load(sys.stdin) if p['name'] == '$1'))")
  if [ ! -e "$2/.unpacked" ] || [ "$(cat "$2/.unpacked")" != "$archive" ]; then
    rm -rf "$2"
    mkdir -p "$2"
    tar -xzf "$archive" -C "$2" --strip-components=1
    echo "$archive" >"$2/.unpacked"
  fi
}
unpack host-python-x86_64-linux "$work/host-python"
unpack runtime-linux-amd64 "$work/runtime"
export PERMAFREEZE_HOST_PYTHON=$work/host-python/bin/python3.13
export PERMAFREEZE_RUNTIME=$work/runtime
PERMAFREEZE_HOOKS_ENV=$(python3 -c "
import sys
sys.path.insert(0, 'tests/support')
from derivation import closure, of_attribute
print(next(d.output for d in closure(of_attribute('.', '$attribute')) if d.name == 'permafreeze-hooks-env'))")
export PERMAFREEZE_HOOKS_ENV

say "pins of the static tools are current"
target/release/permafreeze toolchain pin --check

say "the runtimes of every target"
target/release/permafreeze toolchain build

say "unit tests and end-to-end tests of the command"
cargo test --workspace --locked -q

say "readers of foreign bytes, fuzzed"
tests/fuzz.sh

say "a wheel of several targets is compiled once"
python3 tests/e2e/shared_objects.py "$flake" "$project" "$name"

say "same bytes: other folder, hash seed, time zone, locale, umask, core count"
python3 tests/e2e/same_bytes.py "$flake" "$attribute"

say "verify: built again the same, as pinned, portable, every module imports, every byte accounted for"
target/release/permafreeze --project "$project" verify "$attribute" --require-smoke

say "contents: changed bytes and entries are found"
tests/e2e/origin.sh "$flake" "$attribute" "$binary"

say "the page of inspect, in a browser"
tests/e2e/browser/run.sh "$binary"

say "no network: nix build, flake show, flake check"
tests/e2e/offline.sh "$flake" "$attribute"

say "selftest in an empty environment, and in a root with four system libraries"
redis=$(mktemp -d)
# With a closed stdin, as some CI has it, redis-server crashes.
redis-server --port 0 --unixsocket "$redis/socket" --save "" --dir "$redis" --logfile "$redis/log" </dev/null &
redis_pid=$!
trap 'kill "$redis_pid" 2>/dev/null || :; rm -rf "$redis"' EXIT
for _ in $(seq 100); do [ -S "$redis/socket" ] && break; sleep 0.1; done
[ -S "$redis/socket" ] || { cat "$redis/log"; exit 1; }
env -i REDIS_URL="unix://$redis/socket" "$binary" selftest
tests/e2e/minimal_root.sh "$binary" selftest

say "reference tests"
tests/reference/run.sh "$project" "$binary" "$work" "$@"

REDIS_SOCKET=$redis/socket tests/e2e/arm64/run.sh "$project" "$binary" "$work" "$@"

if [ "${1:-}" != --quick ]; then
  say "same bytes: clean builds by Nix 2.8, 2.26, 2.34"
  may_skip python3 tests/e2e/nix_versions/run.py . "$work/nix-versions" "$attribute" "$name-linux-arm64"

  say "same bytes: clean builds with other folders, TZ, LC_ALL, umask, jobs, cores, order of directory entries"
  may_skip python3 tests/e2e/variations/run.py . "$attribute" "$name-linux-arm64"
fi

printf '\nall tests passed\n'
[ "${#skipped[@]}" = 0 ] || printf 'but SKIPPED on this machine, and so not proved: %s\n' "${skipped[@]}"
