# The public entry for projects: a flake's outputs from a project's folder.
#
# Type: { root :: Path } -> { packages, checks, hydraJobs, lib }
# `lib.wheelsOf.<system>` gives the wheels that a plan, before it is written, builds of source distributions.
# Example: outputs = { permafreeze, ... }: permafreeze.lib.mkFlake { root = ./.; };
{ root }:
let
  # Where people type, and the Linux system whose derivations they get: on macOS, Nix's Linux builder runs them.
  hosts = {
    x86_64-linux = "x86_64-linux";
    aarch64-linux = "aarch64-linux";
    x86_64-darwin = "x86_64-linux";
    aarch64-darwin = "aarch64-linux";
  };
  perHost = make: builtins.mapAttrs (_: make) hosts;
  projects = perHost (system: (import ./default.nix { inherit system; }).project { inherit root; });
  packages = builtins.mapAttrs (_: project: project.executables) projects;
in
{
  inherit packages;
  checks = builtins.mapAttrs (_: project: project.executables // project.checks) projects;
  hydraJobs = packages;
  lib.wheelsOf = builtins.mapAttrs (_: project: project.wheelsOf) projects;
}
