# Systems of Nix that people type on, each with the Linux system whose derivations they get: on macOS, Nix's Linux builder
# runs them.
#
# Type: AttrSet of String
{
  x86_64-linux = "x86_64-linux";
  aarch64-linux = "aarch64-linux";
  x86_64-darwin = "x86_64-linux";
  aarch64-darwin = "aarch64-linux";
}
