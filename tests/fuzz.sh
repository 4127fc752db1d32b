#!/usr/bin/env bash
# Every fuzz target for some seconds, from the committed corpus: fuzz.sh [TARGET…]
#
# FUZZ_SECONDS is how long each runs (15). Needs no nightly Rust: the compiler's coverage pass is named by flags that
# the stable one has, too; the code has no unsafe block, so an address sanitizer would find nothing more.
# A panic, a wrong answer, more than 1 GB of memory or more than 10 s for one input is a failure; the input is kept.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v g++ >/dev/null || nix/setup.sh g++

host=$(rustc -vV | sed -n 's/^host: //p')
target_dir=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
flags=(-Cpasses=sancov-module -Ccodegen-units=1)
for option in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=("-Cllvm-args=-sanitizer-coverage-$option")
done
# With a target given, build scripts and procedural macros are not instrumented.
RUSTFLAGS="${flags[*]} --cfg fuzzing" CARGO_TARGET_DIR=$target_dir \
  cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target "$host"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
export work target_dir host

one() { # target
  local corpus=$work/$1 kept=$target_dir/failures/
  mkdir -p "$corpus" "$kept"
  if ! "$target_dir/$host/release/$1" "$corpus" "fuzz/corpus/$1" -max_total_time="${FUZZ_SECONDS:-15}" \
    -rss_limit_mb=1024 -malloc_limit_mb=1024 -timeout=10 -max_len=65536 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="$kept$1-" >"$work/$1.log" 2>&1; then
    tail -n 40 "$work/$1.log"
    echo "fuzz $1 ... FAILED"
    return 1
  fi
  sed -n "s/^stat::number_of_executed_units: */fuzz $1 ... ok, inputs: /p" "$work/$1.log"
}
export -f one

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(ls fuzz/corpus)
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'one {}'
