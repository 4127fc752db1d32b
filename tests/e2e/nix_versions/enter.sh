#!/bin/sh
# Runs a command with a folder as its root, in namespaces of its own, without network: enter.sh ROOT COMMAND…
#
# What it mounts and starts ends with it. pivot_root and not chroot: a process in a chroot may not make user namespaces,
# which Nix's sandbox does.
set -eu
PATH=$PATH:/usr/sbin:/sbin
root=$(realpath "$1")
shift
as_user=""
[ "$(id -u)" = 0 ] || as_user="--map-root-user"
# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; an option or nothing
exec unshare $as_user --mount --pid --fork --kill-child --uts --ipc --net --propagation private -- sh -c '
  set -e
  root=$1
  shift
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  cd "$root"
  pivot_root . .oldroot
  cd /
  umount -l /.oldroot
  exec /usr/bin/env -i HOME=/root USER=root TERM=dumb PATH=/usr/sbin:/usr/bin "$@"
' enter "$root" "$@"
