# Wheels that are built of source distributions: one derivation each, for every target. The only step that runs code of a
# package while an executable is made.
#
# Type: { sdist :: { name, path, ... }, build :: AttrSet of the plan, environment :: [{ name, path, ... }] } -> Derivation
# The derivation has the one of its build environment as its attribute `environment`.
{
  system,
  toolchain,
  fetch,
}:
{
  sdist,
  build,
  environment,
}:
let
  installed = toolchain.environment "build-environment" environment;
in
derivation {
  inherit system;
  name = fetch.storeName build.wheel;
  builder = toolchain.hostPython;
  # A builder's argv[0] is its base name, by which a static Python finds neither its prefix nor itself.
  PYTHONHOME = dirOf (dirOf toolchain.hostPython);
  PYTHON = toolchain.hostPython;
  args = [
    "-s"
    "-S"
    "${./build-wheel.py}"
    "${sdist.path}"
    sdist.name
    build.wheel
    build.backend
    (builtins.concatStringsSep ":" (build.backend-path or [ ]))
    (build.subdirectory or "")
    "${installed}"
  ];
}
// {
  environment = installed;
}
