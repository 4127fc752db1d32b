#!/bin/sh
# Runs a command with a folder as its root, in namespaces of its own, without network.
#
# usage: enter_root.sh [--bind PATH]… [--set NAME=VALUE]… ROOT COMMAND…
#
# The command sees that folder, /proc, /sys, /dev and each PATH (at its own place, writable); its environment is what is
# set, PATH, HOME, USER and TERM. PATHs and values hold no space. What it mounts and starts ends with it. Where the root
# has umount, it is entered by pivot_root and not by chroot: a process in a chroot may not make user namespaces, which
# Nix's sandbox does.
set -eu
PATH=$PATH:/usr/sbin:/sbin
binds="" variables=""
while :; do
  case $1 in
  --bind) binds="$binds $(realpath "$2")"; shift 2 ;;
  --set) variables="$variables $2"; shift 2 ;;
  *) break ;;
  esac
done
root=$(realpath "$1")
shift
for path in $binds; do
  if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$root$(dirname "$path")" && : >>"$root$path"; fi
done
as_user=""
[ "$(id -u)" = 0 ] || as_user="--map-root-user"
# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; an option or nothing
exec unshare $as_user --mount --pid --fork --kill-child --uts --ipc --net --propagation private -- sh -c '
  set -e
  root=$1 binds=$2 variables=$3
  shift 3
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  for path in $binds; do mount --rbind "$path" "$root$path"; done
  ip link set lo up 2>/dev/null || python3 -c "
import fcntl, socket, struct
s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack(\"16sh\", b\"lo\", 0x1 | 0x40))"
  cd "$root"
  if [ -x usr/bin/umount ]; then
    pivot_root . .oldroot
    cd /
    umount -l /.oldroot
    set -- /usr/bin/env -i HOME=/root USER=root TERM=dumb PATH=/usr/sbin:/usr/bin $variables "$@"
  else
    set -- chroot . /usr/bin/env -i HOME=/root USER=root TERM=dumb PATH=/usr/sbin:/usr/bin $variables "$@"
  fi
  exec "$@"
' enter "$root" "$binds" "$variables" "$@"
