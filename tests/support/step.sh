# shellcheck shell=bash
# What the steps of tests/steps share; sourced by them.

# The example, and where the tests keep what is costly to make.
# shellcheck disable=SC2034 # used by the steps
name=agent-runner
attribute=$name-linux-amd64
binary=$PWD/dist/$attribute
report=$PWD/dist/.$attribute/share/permafreeze/report.json
project=$PWD/examples/$name
permafreeze=$PWD/target/release/permafreeze
work=${PERMAFREEZE_TEST_DIR:-$PWD/target/tests}
mkdir -p "$work"

# Says that a part is not proved here: the run lists it at its end.
partly() { echo "SKIPPED: $*"; echo "$*" >>"${SKIPPED:-/dev/null}"; }
# Ends a step that this machine cannot make.
skip() { partly "$@"; exit 77; }

# A tool for the sources: the machine's, or that of tests/support/lint_tools.sh; fails where there is none.
lint_tool() { command -v "$1" || { [ -x "$work/lint-tools/bin/$1" ] && echo "$work/lint-tools/bin/$1"; }; }

# The toolchain's Pythons as folders, of the release that $python names, and the hooks env, for what runs outside of Nix: sets
# PERMAFREEZE_HOST_PYTHON, PERMAFREEZE_RUNTIME, PERMAFREEZE_HOOKS_ENV.
python=3.13
unpack() { # name in the pins, folder
  local archive
  archive=$("$permafreeze" toolchain list --json | python3 -c "
import json, sys
print(next(p['path'] for p in json.load(sys.stdin) if p['name'] == '$1'))")
  if [ ! -e "$2/.unpacked" ] || [ "$(cat "$2/.unpacked")" != "$archive" ]; then
    rm -rf "$2"
    mkdir -p "$2"
    tar -xzf "$archive" -C "$2" --strip-components=1
    echo "$archive" >"$2/.unpacked"
  fi
}
use_runtime() {
  unpack "runtime-$python-linux-amd64" "$work/runtime-$python"
  export PERMAFREEZE_RUNTIME=$work/runtime-$python
}
use_host_python() {
  unpack "host-python-$python-$(uname -m)-linux" "$work/host-python-$python"
  export PERMAFREEZE_HOST_PYTHON=$work/host-python-$python/bin/python$python
}
use_toolchain() {
  use_runtime
  use_host_python
  PERMAFREEZE_HOOKS_ENV=$(python3 -c "
import sys
sys.path.insert(0, 'tests/support')
from derivation import closure, of_attribute
print(next(d.output for d in closure(of_attribute('.', '$attribute')) if d.name == 'permafreeze-hooks-env'))")
  export PERMAFREEZE_HOOKS_ENV
}

# A pip that installs into venvs of the runtime, whatever the machine's own can: sets PERMAFREEZE_PIP.
use_pip() {
  local pip=pip==26.3
  [ -z "${PERMAFREEZE_PIP:-}" ] || return 0
  [ -e "$work/$pip" ] || {
    rm -rf "$work/$pip.new"
    pip --disable-pip-version-check install --quiet --target "$work/$pip.new" "$pip"
    mv "$work/$pip.new" "$work/$pip"
  }
  export PERMAFREEZE_PIP="python3 $work/$pip/pip"
}

# The versions of PyInstaller that permafreeze is compared with: the example's, one of the middle of what is supported; in
# the lane test-all, and where a step is run by name, also the one that the toolchain pins, the newest.
pyinstaller_versions() {
  echo 6.18.0
  [ "${PERMAFREEZE_LANE:-}" = test ] || newest_pyinstaller
}
newest_pyinstaller() {
  python3 -c "
import json
print(json.load(open('nix/toolchain.json'))['wheels']['pyinstaller-linux-amd64']['version'])"
}

# A Redis for the selftest, on a socket, until the step ends: sets REDIS_SOCKET.
use_redis() {
  command -v redis-server >/dev/null || nix/setup.sh redis-server
  local folder
  folder=$(mktemp -d)
  # With a closed stdin, as some CI has it, redis-server crashes.
  redis-server --port 0 --unixsocket "$folder/socket" --save "" --dir "$folder" --logfile "$folder/log" </dev/null &
  # shellcheck disable=SC2064 # now, not then
  trap "kill $! 2>/dev/null || :; wait $! 2>/dev/null || :; rm -rf '$folder'" EXIT
  for _ in $(seq 100); do [ -S "$folder/socket" ] && break; sleep 0.1; done
  [ -S "$folder/socket" ] || { cat "$folder/log"; return 1; }
  export REDIS_SOCKET=$folder/socket
}

# Runs the Rust tests: `rust_tests PROFILE FILTER…`, FILTERs for `cargo nextest run`; by `cargo test` (all that the same
# flag of ignored tests says) where cargo-nextest is missing.
rust_tests() { # only-ignored: yes or no; name that tests must not have, or ""
  local ignored=$1 without=$2
  if cargo nextest --version >/dev/null 2>&1; then
    local arguments=()
    [ "$ignored" = no ] || arguments+=(--run-ignored only)
    [ -z "$without" ] || arguments+=(-E "not test($without)")
    cargo nextest run --workspace --locked --no-fail-fast "${arguments[@]}"
  else
    local arguments=()
    [ "$ignored" = no ] || arguments+=(--ignored)
    [ -z "$without" ] || arguments+=(--skip "$without")
    cargo test --workspace --locked --no-fail-fast -q -- "${arguments[@]}"
  fi
}

# A wine whose Windows is a 10 and has what Rust's programs want: sets WINE and WINEPREFIX.
use_wine() {
  WINE=$(command -v wine64 || echo /usr/lib/wine/wine64)
  [ -x "$WINE" ] || nix/setup.sh wine64
  export WINE WINEPREFIX=$work/wine WINEDEBUG=-all WINEDLLOVERRIDES="wbemprox=;mscoree=;mshtml=;winemenubuilder.exe="
  [ -e "$WINEPREFIX/ready" ] || {
    rm -rf "$WINEPREFIX"
    "$WINE" reg.exe add 'HKCU\Software\Wine' /v Version /d win10 /f </dev/null 2>&1 | cat
    python3 tests/support/forwarder.py "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
      ProcessPrng=advapi32.SystemFunction036
    : >"$WINEPREFIX/ready"
  }
}
