#!/bin/sh
# Runs a command where aarch64 programs run like the machine's own: started directly, as children, by themselves again.
#
# usage: emulate.sh [--root ROOT [--bind PATH]… [--set NAME=VALUE]…] COMMAND…
#        emulate.sh --way          prints the way that is used
#
# Without a root the command sees the machine and has the caller's environment. In a root it sees that folder, /proc,
# /dev and each PATH (at its own place), and its environment is what is set. Paths and values hold no space.
#
# Ways, the first that this machine has; PERMAFREEZE_EMULATION names another. They need no privileges and change nothing
# on the machine (apart from installing qemu-user-static or proot where it lacks them):
# - native: it is an aarch64 machine; nothing is emulated.
# - binfmt: a user namespace mounts a binfmt_misc of its own and registers qemu there (Linux 6.7). The kernel then starts
#   aarch64 programs whoever executes them, in a chroot and in Nix's sandbox too. Flag F opens qemu when it is
#   registered, so that a chroot need not have it; P keeps argv[0], by which a static Python finds its prefix. The
#   registration lives as long as the mount.
# - proot: `proot -q` catches execve by ptrace: slower, for older kernels and where user namespaces are forbidden
#   (containers; Ubuntu 24.04 for others than root).
#
# Plain `qemu-aarch64-static PROGRAM` is not enough: PyInstaller's bootloader executes itself again, and the builders
# execute the host Python; the kernel would get an aarch64 file.
# QEMU_CPU: the default processor of qemu 7.2 computes wrongly in numpy; the Cortex-A72 has no such extensions.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/sbin:/sbin
cpu=cortex-a72
only_way="" root="" binds="" variables="QEMU_CPU=$cpu"
while [ $# -gt 0 ]; do
  case "$1" in
    --way) only_way=1; shift ;;
    --root) root=$(realpath "$2"); shift 2 ;;
    --bind) binds="$binds $(realpath "$2")"; shift 2 ;;
    --set) variables="$variables $2"; shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || [ -n "$only_way" ] || { echo "emulate.sh: no command; see its first lines" >&2; exit 2; }

# Places for what is bound in.
if [ -n "$root" ]; then
  mkdir -p "$root/proc" "$root/dev" "$root/tmp"
  for path in $binds; do
    if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$root$(dirname "$path")" && : >>"$root$path"; fi
  done
fi

qemu=""
if [ "$(uname -m)" != aarch64 ]; then
  find_qemu() { command -v qemu-aarch64-static || command -v qemu-aarch64; }
  find_qemu >/dev/null || "$here/../../nix/setup.sh" qemu-user-static >&2
  qemu=$(find_qemu)
fi

# shellcheck disable=SC2016 # expanded by the inner shell
inside='
  set -eu
  qemu=$1 root=$2 binds=$3 variables=$4
  shift 4
  if [ -n "$qemu" ]; then
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    zeros="\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00" ones="\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
    printf "%s" ":permafreeze-aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00$zeros\\x02\\x00\\xb7\\x00:$ones\\x00$ones\\xff\\xfe\\xff\\xff\\xff:$qemu:PF" \
      >/proc/sys/fs/binfmt_misc/register
  fi
  [ -n "$root" ] || exec "$@"
  mount --rbind /proc "$root/proc"
  mount --rbind /dev "$root/dev"
  for path in $binds; do mount --rbind "$path" "$root$path"; done
  exec env -i $variables "$(command -v chroot)" "$root" "$@"'
in_namespace() { unshare --user --map-root-user --mount sh -c "$inside" emulate "$@"; }

way=${PERMAFREEZE_EMULATION:-}
if [ -z "$way" ]; then
  if [ -z "$qemu" ]; then way=native; elif in_namespace "$qemu" "" "" "" true 2>/dev/null; then way=binfmt; else way=proot; fi
fi
[ -z "$only_way" ] || { echo "$way"; exit; }

case "$way" in
  native)
    [ -n "$root" ] || exec "$@"
    in_namespace "" "$root" "$binds" "$variables" "$@"
    ;;
  binfmt)
    export QEMU_CPU=$cpu
    in_namespace "$qemu" "$root" "$binds" "$variables" "$@"
    ;;
  proot)
    command -v proot >/dev/null || "$here/../../nix/setup.sh" proot >&2
    proot=$(command -v proot)
    export QEMU_CPU=$cpu
    [ -n "$root" ] || exec "$proot" -q "$qemu" "$@"
    for path in $binds; do set -- -b "$path" "$@"; done
    # shellcheck disable=SC2086 # words
    exec env -i $variables "$proot" -q "$qemu" -r "$root" -b /proc -b /dev -w / "$@"
    ;;
  *) echo "emulate.sh: no way \`$way\`: native, binfmt or proot" >&2; exit 2 ;;
esac
