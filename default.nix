# permafreeze without flakes: the functions that the flake has as `lib` (nix/lib.nix). Needs no nixpkgs.
# Example: ((import ./permafreeze).project { root = ./.; }).executables.hello-linux-amd64
import ./nix/lib.nix
