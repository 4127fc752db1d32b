# shellcheck shell=sh
# Evaluated by the shell that `nix develop` starts, and by direnv's `use flake`.
if ! command -v permafreeze >/dev/null; then
  echo "permafreeze: the command \`permafreeze\` is not on the PATH, so this shell does not have the application's Python" >&2
elif permafreeze_variables=$(permafreeze shell --print); then
  eval "$permafreeze_variables"
fi
unset permafreeze_variables
