# `lib.mkFlake`: the public entry for projects: a flake's outputs from a project's folder.
#
# Type: { root :: Path, mirrors ? [String] } -> { packages, checks, devShells, hydraJobs, lib }
# `packages.<system>` has NAME-TARGET, and `default` if there is but one executable; `devShells.<system>.default`
# is what develop.nix says, `hydraJobs` what hydra.nix says.
# `lib.wheelsOf.<system>` gives the wheels that a plan, before it is written, builds of source distributions.
# `mirrors` are where Nix downloads wheels from, whatever the plan says: `"https://wheels.example.com/{sha256}/{file}"`.
# Example: outputs = { permafreeze, ... }: permafreeze.lib.mkFlake { root = ./.; };
{
  root,
  mirrors ? [ ],
}:
let
  hosts = import ./hosts.nix;
  # Evaluated once for each Linux system, and not for macOS again.
  onLinux = builtins.listToAttrs (
    map (system: {
      name = system;
      value = import ./open-project.nix { inherit root system mirrors; };
    }) (builtins.attrValues hosts)
  );
  projects = builtins.mapAttrs (_: host: onLinux.${host}) hosts;
  targets = import ./targets.nix;

  # The one executable of a project that runs on a host, so that `nix build` and `nix run` need no name.
  default =
    host: project:
    let
      names = builtins.attrNames project.plan.executables;
      own = "${builtins.head names}-${targets.of host}";
    in
    if builtins.length names == 1 && project.executables ? ${own} then
      { default = project.executables.${own}; }
    else
      { };
in
{
  packages = builtins.mapAttrs (
    host: project: project.executables // default host project
  ) projects;
  checks = builtins.mapAttrs (_: project: project.executables // project.checks) projects;
  # `permafreeze shell` is for Linux.
  devShells = builtins.mapAttrs (_: project: { default = project.shell; }) onLinux;
  # Once, whatever hosts there are: what is built is the same.
  hydraJobs = projects.x86_64-linux.jobs;
  lib.wheelsOf = builtins.mapAttrs (_: project: project.wheelsOf) projects;
}
