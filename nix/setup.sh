#!/bin/sh
# Installs what `make build-binary` needs and this machine lacks. Does nothing, quickly, when all is there.
# Debian and Ubuntu: by apt. Elsewhere: says how to get it. usage: setup.sh [FURTHER-PACKAGE…]
set -eu

say() { printf 'setup: %s\n' "$*" >&2; }

# As root, or through sudo where that asks nothing.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo "$@"; else
    say "needs root for: $*"
    say "run that by hand, then again: make build-binary"
    exit 3
  fi
}

apt_install() {
  if ! command -v apt-get >/dev/null; then
    say "missing: $*. Install Nix from https://nixos.org/download, the others with your package manager."
    exit 3
  fi
  say "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! command -v cargo >/dev/null; then
  say "missing: cargo. Install Rust from https://rustup.rs."
  exit 3
fi

missing="$*"
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
need nix nix-bin
need make make
need perl perl
need tar tar
need xz xz-utils
need cc gcc
# A C compiler alone does not link: it only recommends the C library's files.
case "$(cc -print-file-name=crt1.o 2>/dev/null)" in /*) ;; *) missing="$missing libc6-dev" ;; esac
need git git
need python3 python3
command -v pip3 >/dev/null || need pip python3-pip
# shellcheck disable=SC2086 # one word per package
[ -z "$missing" ] || apt_install $missing

# Debian's Nix makes no store; for a user other than root, without the daemon, it cannot.
if [ ! -e /nix ] && [ "$(id -u)" != 0 ]; then
  as_root mkdir -m 0755 /nix
  as_root chown "$(id -u):$(id -g)" /nix
fi

# Nix without a configuration of the user's: flakes on, sandbox on, and as root no build users (Debian makes none).
config=${XDG_CONFIG_HOME:-$HOME/.config}/nix/nix.conf
features=$(nix show-config 2>/dev/null | sed -n 's/^experimental-features = //p' || :)
case "$features" in *flakes*) ;; *)
  if [ ! -e "$config" ]; then
    say "writing $config"
    mkdir -p "$(dirname "$config")"
    {
      echo "experimental-features = nix-command flakes"
      echo "sandbox = true"
      echo "sandbox-fallback = false"
      [ "$(id -u)" != 0 ] || [ -S /nix/var/nix/daemon-socket/socket ] || echo "build-users-group ="
    } >"$config.new"
    mv "$config.new" "$config"
  else
    say "note: $config does not enable flakes; permafreeze does so for its own runs"
  fi
  ;;
esac

# The Rust targets of the static tools.
wanted="x86_64-unknown-linux-musl aarch64-unknown-linux-musl"
sysroot=$(rustc --print sysroot)
for target in $wanted; do
  [ -d "$sysroot/lib/rustlib/$target" ] && continue
  say "adding Rust target $target"
  rustup -q target add "$target"
done
