#!/bin/sh
# Runs an executable in a root that holds only glibc, libgcc, libstdc++ and zlib, and in an empty environment.
#
# usage: minimal_root.sh [--without LIBRARY] ROOT EXECUTABLE ARGUMENT…
#
# A LIBRARY, as `libz.so.1`, is taken out of the root. ROOT is made of Debian bookworm's packages, unless it is there. Exit code 77: impossible here.
set -eu
support=$(cd "$(dirname "$0")/../support" && pwd)
without=""
[ "$1" != --without ] || { without=$2; shift 2; }
made=$1
executable=$(realpath "$2")
shift 2
"$support/debian_root.sh" bookworm "$made" "$support/manylinux-packages.txt"

# A copy that goes away: mount points and what the executable writes stay out of ROOT.
root=$(mktemp -d "${TMPDIR:-/tmp}/minimal-root-XXXXXX")
trap 'rm -rf "$root"' EXIT
cp -a "$made/." "$root"
if [ -n "$without" ]; then
  find "$root" -name "$without*" -print -delete | grep -q . || { echo "the root has no $without" >&2; exit 1; }
fi
ln "$executable" "$root/program" 2>/dev/null || cp "$executable" "$root/program"

# The namespaces need root or unprivileged user namespaces; /dev has what a container has.
as_user=""
[ "$(id -u)" = 0 ] || as_user="--map-root-user"
# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; an option or nothing
PATH=$PATH:/usr/sbin:/sbin unshare $as_user --mount --pid --fork --net sh -c '
  set -eu
  root=$1; shift
  mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/shm"
  mount -t tmpfs tmpfs "$root/dev/shm"
  for device in null zero random urandom; do : >"$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
  ip link set lo up 2>/dev/null || python3 -c "
import fcntl, socket, struct
s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack(\"16sh\", b\"lo\", 0x1 | 0x40))"
  exec env -i "$(command -v chroot)" "$root" /program "$@"
' minimal-root "$root" "$@"
