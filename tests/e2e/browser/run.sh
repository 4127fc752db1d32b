#!/usr/bin/env bash
# The page of `inspect --html` in a headless Chromium: run.sh EXECUTABLE. Installs Chromium if it is not there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
permafreeze=${PERMAFREEZE:-$root/target/release/permafreeze}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v chromium >/dev/null || "$root/nix/setup.sh" chromium

"$permafreeze" -q inspect "$1" --html "$work/page.html"
"$permafreeze" -q inspect "$1" --json >"$work/page.json"
"$permafreeze" -q inspect "$1" --html "$work/again.html"
cmp "$work/page.html" "$work/again.html"
python3 "$here/page.py" "$work/page.html" "$work/page.json" --break

# Names that would break out of the page, if names were not only text.
hostile="$work/<img src=x onerror=alert(3)>&\"'"
python3 "$here/hostile.py" "$hostile"
"$permafreeze" -q inspect "$hostile" --html "$work/hostile.html" --json >"$work/hostile.json"
python3 "$here/page.py" "$work/hostile.html" "$work/hostile.json"
