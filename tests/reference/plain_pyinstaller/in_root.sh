#!/usr/bin/env bash
# build.sh in a root that holds the packages of packages.txt alone, so that no library of this machine gets into what it
# builds: in_root.sh ROOT VENV PROJECT OUT [OPTION…]
#
# ROOT is made unless it is there. Needs PERMAFREEZE_RUNTIME, the runtime's folder, of which VENV is. No path may hold
# a space. Exit code 77: impossible here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
support=$here/../../support
root=$1
mkdir -p "$4"
venv=$(cd "$2" && pwd) project=$(cd "$3" && pwd) out=$(cd "$4" && pwd)
shift 4
"$support/debian_root.sh" bookworm "$root" "$here/packages.txt"
[ -e "$root/bin/sh" ] || ln -s bash "$root/usr/bin/sh"
"$support/enter_root.sh" "$root" /bin/true 2>/dev/null || { echo "in_root.sh: no namespaces to enter a root in" >&2; exit 77; }
# The list of libraries that ldconfig prints; no package's script has made it.
"$support/enter_root.sh" "$root" ldconfig
exec "$support/enter_root.sh" --bind "$(realpath "$PERMAFREEZE_RUNTIME")" --bind "$venv" --bind "$project" --bind "$here" \
  --bind "$out" "$root" "$here/build.sh" "$venv" "$project" "$out" "$@"
