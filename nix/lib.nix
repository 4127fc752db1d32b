# The functions for users: `lib` of the flake, and default.nix beside it. Each is a file, whose head says what it takes.
{
  mkFlake = import ./mk-flake.nix;
  ociImage = import ./oci-image.nix;
  project = import ./open-project.nix;
}
