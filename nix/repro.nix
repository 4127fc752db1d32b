# Checks: each pinned executable is what the plan pins. Only what is pinned has one.
#
# Type: { system, toolchain, plan, executables } -> { "repro-<target>" = Derivation; }
{
  system,
  toolchain,
  plan,
  executables,
}:
let
  check =
    name: target:
    let
      output = "${name}-${target}";
      pin = plan.outputs.${output};
    in
    derivation {
      inherit system;
      name = "repro-${output}";
      builder = toolchain.hostPython;
      # A builder's argv[0] is its base name, by which a static Python does not find its prefix.
      PYTHONHOME = dirOf (dirOf toolchain.hostPython);
      args = [
        "-s"
        "-S"
        "${./repro.py}"
        output
        "${executables.${output}}/bin/${name}"
        pin.sha256
        (toString pin.size)
      ];
    };

  pinned = builtins.attrNames (plan.outputs or { });
  names = builtins.attrNames plan.executables;
in
builtins.listToAttrs (
  builtins.concatMap (
    name:
    builtins.concatMap (
      target:
      if builtins.elem "${name}-${target}" pinned then
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
