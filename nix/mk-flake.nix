# The public entry for projects: a flake's outputs from a project's folder.
#
# Type: { root :: Path } -> { packages, checks, hydraJobs }
# Example: outputs = { permafreeze, ... }: permafreeze.lib.mkFlake { root = ./.; };
{ root }:
let
  hosts = [ "x86_64-linux" ];
  perHost =
    make:
    builtins.listToAttrs (
      map (system: {
        name = system;
        value = make system;
      }) hosts
    );
  packages = perHost (
    system: ((import ./default.nix { inherit system; }).project { inherit root; }).executables
  );
in
{
  inherit packages;
  checks = packages;
  hydraJobs = packages;
}
