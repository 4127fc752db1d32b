# Checks: each pinned executable is the pinned one. Only what is pinned has one.
#
# Type: { system, toolchain, plan, root :: Path, executables } -> { "repro-<target>" = Derivation; }
{
  system,
  toolchain,
  plan,
  root,
  executables,
}:
let
  expected = import ./read.nix {
    file = root + "/permafreeze.expected.json";
    version = 1;
    missing = { };
    hint = "use the version of permafreeze that wrote it";
  };
  pins = expected.pins or { };
  script = import ./script.nix { inherit system toolchain; };

  check =
    name: target:
    let
      output = "${name}-${target}";
      pin = pins.${output};
    in
    # A pin says something of the plan that it was made at, and of no other.
    if pin.digest != plan.digests.${output} then
      throw "permafreeze: the pin of ${output} was made before the plan changed: run `permafreeze pin ${output}`"
    else
      script {
        name = "repro-${output}";
        script = ./repro.py;
        arguments = [
          output
          executables.${output}.program
          pin.executable.sha256
          (toString pin.executable.size)
        ];
      }
      // {
        meta.description = "${output} has the bytes that are pinned";
      };

  names = builtins.attrNames plan.executables;
in
builtins.listToAttrs (
  builtins.concatMap (
    name:
    builtins.concatMap (
      target:
      if pins ? "${name}-${target}" then
        [
          {
            # A plan with several executables needs their names too.
            name = if builtins.length names == 1 then "repro-${target}" else "repro-${name}-${target}";
            value = check name target;
          }
        ]
      else
        [ ]
    ) (builtins.attrNames plan.targets)
  ) names
)
