# The shell of a project, for `nix develop`: what `permafreeze shell` has (docs/run.md), by the `permafreeze` on the PATH.
#
# Type: { system, toolchain, plan } -> Derivation
# Without nixpkgs, and so without the bash that Nix asks for: the host Python stands for it (develop/sitecustomize.py).
{
  system,
  toolchain,
  plan,
}:
let
  script = import ./script.nix { inherit system toolchain; };

  # Nix looks at the builder's name.
  bash = script {
    name = "python-named-bash";
    script = ./develop/bash.py;
    arguments = [ toolchain.hostPython ];
  };
in
derivation {
  inherit system;
  name = "${plan.project}-shell";
  builder = "${bash}/bash";
  # Nix reads this variable in the shell; without the attribute there is none.
  outputs = [ "out" ];
  PYTHONHOME = dirOf (dirOf toolchain.hostPython);
  PYTHONPATH = "${./develop}";
  shellHook = builtins.readFile ./develop/hook.sh;
}
// {
  meta.description = "The Python, the packages and the scripts of ${plan.project}, not frozen";
}
