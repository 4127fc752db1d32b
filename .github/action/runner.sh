#!/usr/bin/env bash
# A runner that builds: Linux, with namespaces for Nix's sandbox. Ubuntu 24.04 keeps them from programs of users.
set -euo pipefail
[ "$(uname -s)" = Linux ] || { echo "::error::permafreeze builds on Linux runners, for every target" >&2; exit 1; }
setting=kernel.apparmor_restrict_unprivileged_userns
[ ! -e "/proc/sys/${setting//.//}" ] || sudo sysctl --write "$setting=0"
