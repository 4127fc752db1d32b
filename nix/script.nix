# Derivations whose builder is a script for the host Python, which imports nothing but the standard library.
#
# Type: { system, toolchain } -> { name :: String, script :: Path, arguments :: [String], ... } -> Derivation
# What is beside these goes into the derivation as it is.
{ system, toolchain }:
{
  name,
  script,
  arguments,
  ...
}@given:
derivation (
  {
    inherit system name;
    builder = toolchain.hostPython;
    # A builder's argv[0] is its base name, by which a static Python does not find its prefix.
    PYTHONHOME = dirOf (dirOf toolchain.hostPython);
    args = [
      "-s"
      "-S"
      "${script}"
    ]
    ++ arguments;
  }
  // removeAttrs given [
    "script"
    "arguments"
  ]
)
