# Executables: one derivation per target.
#
# Type: { name, target, executable, packages :: [Derivation], freezer :: AttrSet of { name, path } } -> Derivation
{
  system,
  toolchain,
  compile,
}:
{
  name,
  target,
  executable,
  packages,
  freezer,
}:
let
  wheel = key: pin: compile.wheel (freezer.${key} or (toolchain.wheel pin));
in
derivation {
  inherit system;
  name = "${name}-${target}";
  builder = "${toolchain.link}";
  passAsFile = [ "job" ];
  job = builtins.toJSON {
    inherit name target executable;
    packages = map (object: "${object}") packages;
    runtime = "${compile.runtime target}";
    pyinstaller = "${wheel "pyinstaller" "pyinstaller-${target}"}";
    hooks-contrib = "${wheel "pyinstaller-hooks-contrib" "hooks-contrib"}";
    host-python = toolchain.hostPython;
    hooks-env = "${toolchain.hooksEnv}";
  };
}
