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
  file = root + "/permafreeze.expected.json";
  expected =
    if !builtins.pathExists file then
      { }
    else
      let
        read = builtins.fromJSON (builtins.readFile file);
      in
      if read.version != 1 then
        throw "permafreeze: ${toString file} has format version ${toString read.version}, expected 1: use the version of permafreeze that wrote it"
      else
        read;
  pins = expected.pins or { };

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
        pin.executable.sha256
        (toString pin.executable.size)
      ];
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
