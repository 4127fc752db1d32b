#!/usr/bin/env bash
# Makes a folder with a Debian suite's Nix, and what that needs: a root for enter_root.sh. Does nothing when it is there.
#
# usage: root.sh SUITE ROOT         SUITE: bookworm, trixie, sid, …
#
# Exit codes: see debian_root.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$2
"$here/../../support/debian_root.sh" --with-dependencies "$1" "$root" "$here/packages.txt"
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
