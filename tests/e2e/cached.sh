#!/bin/sh
# A bundle of the example: its first start unpacks, later ones do not; nothing else of the machine is touched.
#
# usage: cached.sh BUNDLE CACHE REDIS_URL
set -eu
bundle=$1
cache=$2
redis=$3
rm -rf "$cache"
start() { env -i PERMAFREEZE_CACHE_DIR="$cache" REDIS_URL="$redis" "$bundle" "$@"; }
fail() { echo "FAIL  $*" >&2; exit 1; }

start selftest
folder=$(echo "$cache"/agent-runner/*/_internal)
[ -d "$folder" ] || fail "the first start has left no folder in $cache"
before=$(stat -c %Y.%i "$folder"/base_library.zip)
start selftest
[ "$(stat -c %Y.%i "$folder"/base_library.zip)" = "$before" ] || fail "a later start has unpacked again"
env -i PERMAFREEZE_CACHE_DIR="$cache" PERMAFREEZE_VERIFY=1 "$bundle" --version

# A file that changed is found when it is asked for.
chmod u+w "$folder"/base_library.zip
printf x >>"$folder"/base_library.zip
if env -i PERMAFREEZE_CACHE_DIR="$cache" PERMAFREEZE_VERIFY=1 "$bundle" --version 2>"$cache/said"; then
  fail "a changed file is not found"
fi
grep -q base_library.zip "$cache/said" || fail "the changed file is not named: $(cat "$cache/said")"

# A changed byte of a frame ends the first start, and leaves nothing.
rm -rf "$cache"
damaged=$(mktemp "${TMPDIR:-/tmp}/damaged-XXXXXX")
trap 'rm -f "$damaged"' EXIT
cp "$bundle" "$damaged"
printf '\377\377\377\377' | dd of="$damaged" bs=1 seek=20000000 conv=notrunc status=none
if env -i PERMAFREEZE_CACHE_DIR="$cache" "$damaged" --version; then fail "a damaged bundle starts"; fi
[ -z "$(find "$cache" -name base_library.zip)" ] || fail "a damaged bundle leaves files"
