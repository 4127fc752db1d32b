#!/bin/sh
# Runs an executable in a root that holds only glibc, libgcc, libstdc++ and zlib of this machine, and in an empty environment.
#
# usage: minimal_root.sh EXECUTABLE ARGUMENT…
set -eu
PATH=$PATH:/usr/sbin:/sbin
executable=$(realpath "$1")
shift
root=$(mktemp -d "${TMPDIR:-/tmp}/minimal-root-XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/tmp" "$root/proc" "$root/dev/shm"

# The system libraries that manylinux lets a wheel expect, as files of this machine.
for name in ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libutil.so.1 \
  libresolv.so.2 libnss_files.so.2 libnss_dns.so.2 libgcc_s.so.1 libstdc++.so.6 libz.so.1; do
  path=$(ldconfig -p | sed -n "s/^\t$name (libc6,x86-64.*=> //p" | head -n 1)
  [ -n "$path" ] || { echo "minimal_root.sh: this machine has no $name" >&2; exit 3; }
  # At the place where this machine's dynamic loader looks for it.
  mkdir -p "$root$(dirname "$path")"
  cp -L "$path" "$root$path"
done
interpreter=/lib64/ld-linux-x86-64.so.2
[ -e "$root$interpreter" ] || { mkdir -p "$root/lib64" && cp -L "$interpreter" "$root$interpreter"; }
ln "$executable" "$root/program" 2>/dev/null || cp "$executable" "$root/program"

# The namespaces need root or unprivileged user namespaces; /dev has what a container has.
as_user=""
[ "$(id -u)" = 0 ] || as_user="--map-root-user"
# shellcheck disable=SC2086 # an option or nothing
unshare $as_user --mount --pid --fork --net sh -c '
  set -eu
  root=$1; shift
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/dev/shm"
  for device in null zero random urandom; do : >"$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
  ip link set lo up 2>/dev/null || python3 -c "
import fcntl, socket, struct
s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack(\"16sh\", b\"lo\", 0x1 | 0x40))"
  exec env -i "$(command -v chroot)" "$root" /program "$@"
' minimal-root "$root" "$@"
