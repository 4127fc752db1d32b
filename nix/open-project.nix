# `lib.project`: one project on one host, for a flake, an overlay or a default.nix of one's own.
#
# Type: { root :: Path, system ? String, mirrors ? [String] } -> { plan, executables :: { "<name>-<target>" = Derivation; }, checks, jobs, objects, ... }
# `system` is where it is built [default: this machine's, which flakes do not know]; `mirrors` as for `lib.mkFlake`.
# Example: ((import ./permafreeze).project { root = ./.; }).executables.hello-linux-amd64
{
  root,
  system ?
    builtins.currentSystem
      or (throw "permafreeze: name the `system` that the project is built on: a flake does not know it"),
  mirrors ? [ ],
}:
(import ./default.nix {
  inherit mirrors;
  system = import ./host.nix system;
}).project
  { inherit root; }
