#!/usr/bin/env bash
# Makes a folder with a Debian suite's Nix, and what that needs: a root for enter.sh. Does nothing when it is there.
#
# usage: root.sh SUITE ROOT         SUITE: bookworm, trixie, sid, …
#
# The packages come by apt from the mirror that the machine is configured with, checked with the machine's keys, through
# a configuration of its own: dpkg's and apt's state stay as they are. They are unpacked, no script of theirs is run.
# Where the machine's sources have no Debian, PERMAFREEZE_DEBIAN_SOURCE is a mirror's URL.
# Exit codes: 0 made; 77 impossible here (the last line says why); else something failed.
set -euo pipefail
suite=$1
root=$2
[ ! -e "$root/.complete" ] || exit 0
skip() { echo "root.sh: $*" >&2; exit 77; }
command -v apt-get >/dev/null || skip "no apt-get: Debian's packages cannot be had"

# Mirrors of Debian among apt's sources, whatever the format of those. Without apt's lists nobody knows whose they are.
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
    if apt-get update -qq >"$work/log" 2>&1 && [ -n "$(apt-cache search --names-only '^nix-bin$')" ]; then
      found=$mirror
      break 2
    fi
  done
done
[ -n "$found" ] || { cat "$work/log" >&2; skip "apt's mirrors have no nix-bin of suite $suite"; }

# bash-static: Debian's Nix puts it into the sandbox as /bin/sh.
apt-get install -qq --yes --download-only nix-bin bash-static bash coreutils mount libc-bin >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; exit 1; }
rm -rf "$root"
mkdir -p "$root"/{usr,etc,proc,sys,dev,root,run,.oldroot}
mkdir -m 1777 "$root/tmp"
for name in bin sbin lib lib64; do
  mkdir -p "$root/usr/$name"
  ln -s "usr/$name" "$root/$name"
done
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x --no-same-owner --keep-directory-symlink -C "$root" --exclude='./usr/share/doc/*' \
      --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
done
echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
# Nix asks a registry for names; an empty setting is a URL for 2.8.
mkdir -p "$root/etc/nix"
echo '{"version":2,"flakes":[]}' >"$root/etc/nix/registry-without-flakes.json"
cat >"$root/etc/nix/nix.conf" <<'CONF'
experimental-features = nix-command flakes
build-users-group =
sandbox = true
sandbox-fallback = false
sandbox-paths = /bin/sh=/usr/bin/bash-static
substituters =
flake-registry = /etc/nix/registry-without-flakes.json
CONF
# A user's namespace does not let groups be dropped.
[ "$(id -u)" = 0 ] || echo 'require-drop-supplementary-groups = false' >>"$root/etc/nix/nix.conf"
: >"$root/.complete"
