#!/usr/bin/env bash
# does: Nix files (nixfmt, deadnix, statix)
# lanes: check test test-all
. tests/support/step.sh
missing="" failed=0
run() { # program, arguments…
  if command -v "$1" >/dev/null; then "$@" || failed=1; else missing="$missing $1"; fi
}
files=(default.nix flake.nix nix/*.nix nix/modules/*.nix templates/*/*.nix)
run nixfmt --check "${files[@]}"
run deadnix --fail "${files[@]}"
run statix check .
[ "$failed" = 0 ]
[ -z "$missing" ] || partly "not installed:$missing"
[ "$missing" != " nixfmt deadnix statix" ] || exit 77
