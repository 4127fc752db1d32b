# Jobs for Hydra: each executable as TARGET.NAME, each comparison with a pin as checks.NAME, and `release`, which is built
# when all of them are. No derivation is in two jobs.
#
# Type: { system, toolchain, plan, executables, checks } -> { <target>.<name>, checks.<name>, release :: Derivation }
# A job has what its executable has, by links, and says to Hydra which files are for download; the executable's own output
# stays as it is pinned. Job names are attribute names as Hydra's links have them: letters, digits, `-` and `_`.
{
  system,
  toolchain,
  plan,
  executables,
  checks,
}:
let
  script = import ./script.nix { inherit system toolchain; };

  character = c: if builtins.match "[A-Za-z0-9_-]" c == null then "_" else c;
  legal =
    name:
    let
      replaced = builtins.concatStringsSep "" (
        builtins.genList (i: character (builtins.substring i 1 name)) (builtins.stringLength name)
      );
    in
    if builtins.match "[A-Za-z_].*" replaced == null then "_${replaced}" else replaced;

  # The same attributes, named as jobs are.
  named =
    attributes:
    let
      names = builtins.groupBy legal (builtins.attrNames attributes);
    in
    builtins.mapAttrs (
      job: of:
      if builtins.length of == 1 then
        attributes.${builtins.head of}
      else
        throw "permafreeze: Hydra knows ${builtins.concatStringsSep " and " of} by one name, ${job}: rename all but one"
    ) names;

  job =
    name: target:
    let
      executable = executables."${name}-${target}";
    in
    script {
      name = "${name}-${target}-products";
      script = ./hydra.py;
      arguments = [
        "products"
        "${executable}"
        executable.program
      ];
    }
    // {
      inherit (executable) meta;
    };

  ofTargets = builtins.mapAttrs (
    target: _: named (builtins.mapAttrs (name: _: job name target) plan.executables)
  ) plan.targets;
  ofChecks = named checks;
  all = builtins.concatMap builtins.attrValues (builtins.attrValues ofTargets ++ [ ofChecks ]);
in
ofTargets
// {
  checks = ofChecks;
  release =
    script {
      name = "release";
      script = ./hydra.py;
      arguments = [ "release" ];
      # Read by Hydra, of the value and of the derivation.
      _hydraAggregate = true;
      constituents = all;
    }
    // {
      meta.description = "Every executable of ${plan.project}, each as it is pinned";
    };
}
