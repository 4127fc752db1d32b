#!/usr/bin/env bash
# does: CPython 3.14: its bytecode and marshal; a project that requires it, beside plain PyInstaller's, and on arm64
# lanes: test-all
# needs: toolchain
. tests/support/step.sh
python=3.14
"$permafreeze" toolchain build --python "$python" --target linux-amd64 --target linux-arm64
use_pip
use_toolchain

# What reads bytecode and marshal, against this Python and PyInstaller's scanners in it.
tests=(-p permafreeze-object -p permafreeze-compile -p permafreeze-verify --lib --test reference --test compile)
cargo test --locked -q "${tests[@]}" -- --ignored

python3 tests/real/run.py --python "$python" --plain --work "$work/real"
project=$work/real/ours/new-python/project
root=$work/python-$python-arm64-root
tests/support/debian_root.sh --architecture arm64 bookworm "$root" tests/support/manylinux-packages.txt
cd "$project" || exit 1
"$permafreeze" verify new-python-linux-amd64 --require-smoke
"$permafreeze" build new-python-linux-arm64 --locked
"$permafreeze" verify new-python-linux-arm64 --require-smoke --system-root "$root"
