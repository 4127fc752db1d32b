#!/bin/sh
# Makes a folder with Debian's (or Ubuntu's) arm64 glibc, libgcc, libstdc++ and zlib: a root for arm64 executables.
# Does nothing when it is there.
#
# usage: arm64_root.sh ROOT
#
# The packages come by apt from the machine's own sources, through a configuration of its own: dpkg's architectures and
# apt's lists stay as they are. Where those sources have no arm64, PERMAFREEZE_ARM64_SOURCES names a sources.list of one
# that does.
set -eu
root=$1
[ ! -e "$root/.complete" ] || exit 0
rm -rf "$root"
mkdir -p "$root"
root=$(realpath "$root")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
: >"$work/status"
{
  echo 'APT::Architecture "arm64";'
  echo 'APT::Architectures { "arm64"; };'
  echo 'APT::Sandbox::User "";'
  echo 'Acquire::Languages "none";'
  echo 'Acquire::Retries "3";'
  echo "Dir::State \"$work\";"
  echo "Dir::State::status \"$work/status\";"
  echo "Dir::Cache \"$work/cache\";"
  if [ -n "${PERMAFREEZE_ARM64_SOURCES:-}" ]; then
    echo "Dir::Etc::SourceList \"$(realpath "$PERMAFREEZE_ARM64_SOURCES")\";"
    echo 'Dir::Etc::SourceParts "/dev/null";'
  fi
} >"$work/apt.conf"
export APT_CONFIG="$work/apt.conf"
# A source without arm64 is none of ours.
apt-get update -qq >"$work/log" 2>&1 || :
cd "$work/packages"
apt-get download -qq libc6 libgcc-s1 libstdc++6 zlib1g >>"$work/log" 2>&1 || {
  cat "$work/log" >&2
  echo "arm64_root.sh: this machine's sources have no arm64: name a sources.list in PERMAFREEZE_ARM64_SOURCES" >&2
  exit 3
}
for package in *.deb; do dpkg-deb -x "$package" "$root"; done
# The loader's place, where the packages have /usr/lib only.
[ -e "$root/lib" ] || ln -s usr/lib "$root/lib"
[ -e "$root/lib/ld-linux-aarch64.so.1" ] || { echo "arm64_root.sh: no /lib/ld-linux-aarch64.so.1" >&2; exit 1; }
: >"$root/.complete"
