#!/usr/bin/env bash
# The paths of the Nix store that spare the next build its work: the toolchain, and the objects and executables that a project
# keeps, with all that they refer to.
#
# usage: store.sh restore FOLDER PROJECT      adds to the store what FOLDER has; nothing where it has none
#        store.sh save FOLDER PROJECT         writes them into FOLDER, instead of what it had
set -euo pipefail
[ $# = 3 ] || { sed -n '5,6s/^# //p' "$0" >&2; exit 2; }
mode=$1 folder=$(realpath -m "$2") project=$3
export NIX_CONFIG="${NIX_CONFIG:-}
experimental-features = nix-command flakes"
roots=${XDG_STATE_HOME:-$HOME/.local/state}/permafreeze/gcroots

case $mode in
restore)
  [ -s "$folder/paths" ] || { echo "nothing is cached"; exit 0; }
  # The cache is the repository's own, and nobody signs in it.
  xargs nix copy --quiet --no-check-sigs --from "file://$folder/nix" <"$folder/paths"
  echo "added $(wc -l <"$folder/paths") paths, and what they refer to"
  ;;
save)
  paths=$(find "$roots" "$project/.permafreeze" -maxdepth 1 -type l -lname '/nix/store/*' -printf '%l\n' | LC_ALL=C sort -u)
  rm -rf "$folder/nix" "$folder/paths"
  mkdir -p "$folder"
  xargs nix copy --quiet --to "file://$folder/nix?compression=zstd" <<<"$paths"
  printf '%s\n' "$paths" >"$folder/paths"
  du -sh "$folder/nix"
  ;;
*) echo "store.sh: no mode \`$mode\`: expected restore or save" >&2; exit 2 ;;
esac
