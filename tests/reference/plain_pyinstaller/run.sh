#!/usr/bin/env bash
# Compares the linked executable with plain PyInstaller's of the same application: run.sh PROJECT WORK VERSION
#
# Both sides see the same distributions: PyInstaller's venv has the dev group (PyInstaller is in it), so a variant of the
# project that takes the dev group in, too, is linked. pytest is left out on both sides: its hook runs pytest.
# VERSION is PyInstaller's: another one than the project has locked is put into a copy of the project, and what is made with
# it goes into a folder of its own in WORK.
# Needs PERMAFREEZE_RUNTIME, the runtime's folder. Exit code 77: impossible here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
project=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
permafreeze=$root/target/release/permafreeze
version=$3
grep -q "^    {file = \"pyinstaller-$version-" "$project/poetry.lock" || {
  name=$(basename "$project")
  work=$work/pyinstaller-$version
  mkdir -p "$work"
  # The root has nothing of a version in it.
  [ -e "$work/plain-root" ] || ln -s ../plain-root "$work/plain-root"
  python3 "$here/../with_pyinstaller.py" "$project" "$version" "$work/$name"
  project=$work/$name
}

"$here/../venv/make.sh" --dev "$project" "$work/venv-dev" >/dev/null
"$here/in_root.sh" "$work/plain-root" "$work/venv-dev" "$project" "$work/plain" --exclude-module pytest \
  --exclude-module _pytest

variant=$work/variant
rm -rf "$variant"
mkdir -p "$variant/nix"
cp -r "$root"/nix/*.nix "$root"/nix/*.json "$root"/nix/*.py "$root"/nix/loader "$variant/nix"
cp -r "$project" "$variant/project"
rm -rf "$variant/project/.permafreeze"
echo '{ outputs = _: import ./nix/mk-flake.nix { root = ./project; }; } # permafreeze' >"$variant/flake.nix"
python3 "$here/variant.py" "$variant/project/pyproject.toml"
# A repository of its own: in a folder that the one around it ignores, Nix would see nothing.
git -C "$variant" init -q
git -C "$variant" add -A
"$permafreeze" -q --project "$variant/project" build linux-amd64 --out-dir "$variant/dist" >/dev/null

name=$(basename "$project")
"$work/venv-dev/bin/python" -I "$here/compare.py" "$here/allowed.toml" "$work/plain/dist/$name" \
  "$variant/dist/$name-linux-amd64" "$variant/dist/.$name-linux-amd64/share/permafreeze/reasons.json"
"$work/venv-dev/bin/python" "$here/spec.py" "$permafreeze" "$project" "$work/spec"
