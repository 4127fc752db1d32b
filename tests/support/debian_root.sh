#!/usr/bin/env bash
# Makes a folder that holds exactly the files of a list of Debian packages: a root for enter_root.sh, a system root for
# an emulator. Does nothing when it is there and made from the same list.
#
# usage: debian_root.sh [--architecture ARCH] [--with-dependencies] SUITE ROOT LIST
#
# SUITE: bookworm, trixie, sid, …; LIST: a file with a package's name per line, `#` begins a comment. ARCH: Debian's name
# (amd64, arm64) [default: the machine's]. Without --with-dependencies nothing is in ROOT that LIST does not name.
#
# The packages come by apt from the mirror that the machine is configured with, checked with the machine's keys, through
# a configuration of its own: dpkg's and apt's state stay as they are. They are unpacked, no script of theirs is run.
# Where the machine's sources have no Debian, PERMAFREEZE_DEBIAN_SOURCE is a mirror's URL.
# Exit codes: 0 made; 77 impossible here (the last line says why); else something failed.
set -euo pipefail
skip() { echo "debian_root.sh: $*" >&2; exit 77; }
architecture=""
dependencies=""
while :; do
  case $1 in
  --architecture) architecture=$2; shift 2 ;;
  --with-dependencies) dependencies=yes; shift ;;
  *) break ;;
  esac
done
suite=$1
root=$2
mapfile -t packages < <(sed 's/#.*//' "$3" | tr -s ' \t' '\n' | sed '/^$/d')
[ "${#packages[@]}" -gt 0 ] || { echo "debian_root.sh: $3 names no package" >&2; exit 2; }

wanted="$architecture $dependencies $suite ${packages[*]}"
[ ! -e "$root/.complete" ] || [ "$(cat "$root/.complete")" != "$wanted" ] || exit 0
command -v apt-get >/dev/null || skip "no apt-get: Debian's packages cannot be had"

# Mirrors of Debian among apt's sources, whatever the format of those. Without apt's lists nothing says which are.
sources() {
  # shellcheck disable=SC2016 # expanded by apt
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian Debian //p' | sort -u
}
mirrors=${PERMAFREEZE_DEBIAN_SOURCE:-$(sources)}
if [ -z "$mirrors" ]; then
  apt-get update -qq || :
  mirrors=$(sources)
fi
[ -n "$mirrors" ] || skip "no Debian mirror among apt's sources: name one in PERMAFREEZE_DEBIAN_SOURCE"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
: >"$work/status"
cat >"$work/apt.conf" <<CONF
${architecture:+APT::Architecture "$architecture"; APT::Architectures { "$architecture"; };}
APT::Sandbox::User "";
APT::Install-Recommends "false";
pkgCacheGen::Essential "none";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Debug::NoLocking "true";
Dir::State "$work";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
CONF
export APT_CONFIG="$work/apt.conf"

# The first mirror that has the suite.
found=""
for mirror in $mirrors; do
  for keys in /usr/share/keyrings/debian-archive-keyring.gpg ""; do
    [ -z "$keys" ] || [ -e "$keys" ] || continue
    echo "deb ${keys:+[signed-by=$keys] }$mirror $suite main" >"$work/sources.list"
    if apt-get update -qq >"$work/log" 2>&1 && [ -n "$(apt-cache search --names-only "^${packages[0]}\$")" ]; then
      found=$mirror
      break 2
    fi
  done
done
[ -n "$found" ] || { cat "$work/log" >&2; skip "apt's mirrors have no ${packages[0]} of suite $suite"; }

mkdir "$work/packages"
if [ -n "$dependencies" ]; then
  apt-get install -qq --yes --download-only "${packages[@]}" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  mv "$work"/cache/archives/*.deb "$work/packages"
else
  (cd "$work/packages" && apt-get download -qq "${packages[@]}") >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
fi
rm -rf "$root"
mkdir -p "$root"/{usr,etc,proc,sys,dev,root,run,.oldroot}
mkdir -m 1777 "$root/tmp"
for name in bin sbin lib lib64; do
  mkdir -p "$root/usr/$name"
  ln -s "usr/$name" "$root/$name"
done
for package in "$work"/packages/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x --no-same-owner --keep-directory-symlink -C "$root" --exclude='./usr/share/doc/*' \
      --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
echo "$wanted" >"$root/.complete"
